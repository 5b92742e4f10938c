import * as z from 'zod'
import { plannedRuns } from '#analysis/trial/open-runs.ts'
import { trialStateSchema } from '#formats/trial.ts'
import { driveBase } from '#pipeline/trials/drive-base.ts'
import { runTrial } from '#pipeline/trials/run-trial.ts'
import { experimentsRoot } from '#store/bundle/paths.ts'
import { readTrial, trialPlace } from '#store/trials/trial-folder.ts'
import { defineCommand } from './define-command.ts'
import { version } from './framework/version.ts'
import { trialStateText } from './text/trial-text.ts'

export const command = defineCommand({
  name: 'trial run',
  summary: 'Run what a trial’s plan still wants, arm by arm in its order; an interrupted trial goes on where it stopped',
  effect: 'submits_jobs',
  positional: ['trial'],
  input: z.object({
    trial: z.string().describe('Id of the trial, or its folder'),
    pairs: z.int().min(3).max(500).optional().describe('Pairs in all, where more are wanted than planned: judging them is another look'),
    readyTimeoutS: z.number().positive().max(7200).default(900).describe('An arm that is started must serve within this'),
    retries: z
      .int()
      .min(0)
      .max(20)
      .default(2)
      .describe('Run a pair again where its client or its requests failed; what it left is kept, out of the count'),
    dryRun: z.boolean().default(false).describe('Say which runs are open, send nothing'),
  }),
  output: trialStateSchema,
  examples: [{ title: 'what is still to run of the example?', args: ['examples/trial-two-engines', '--dry-run'] }],
  async run(context, { trial: given, pairs, readyTimeoutS, retries, dryRun }) {
    const { path: place, shown } = trialPlace(experimentsRoot(context.env, '.'), given)
    const folder = context.path(place)
    const { signal, progress } = context
    const drive = {
      env: context.env,
      version,
      ...(signal === undefined ? {} : { signal }),
      ...(progress === undefined ? {} : { progress }),
    }
    const planned = readTrial(folder, shown).plan.pairs
    const recorded = dryRun
      ? []
      : await runTrial({ folder, shown, drive, readyTimeoutMs: readyTimeoutS * 1000, retries, base: driveBase }, pairs ?? planned)
    const { plan, runs } = readTrial(folder, shown)
    const states = plannedRuns(plan, runs, Math.max(pairs ?? 0, ...runs.filter(({ kind }) => kind === 'ab').map(({ pair }) => pair)))
    return {
      schema: 'trial-state/1' as const,
      sources: runs.map(({ artifact }) => artifact),
      trial: plan.trial,
      folder: shown,
      dryRun,
      plan,
      runs: states.map(({ kind, pair, arm, state }) => ({ kind, pair, arm, state })),
      recorded,
    }
  },
  render: trialStateText,
})
