import * as z from 'zod'
import { runProblems, trialFigures } from '#analysis/trial/metric-value.ts'
import { plannedRuns } from '#analysis/trial/open-runs.ts'
import { SextantError } from '#base/errors.ts'
import { armSchema, trialStateSchema } from '#formats/trial.ts'
import { countOf } from '#model/bench-result.ts'
import { openCapture } from '#pipeline/open-capture.ts'
import { experimentsRoot } from '#store/bundle/paths.ts'
import { readTrial, recordRun, runName, trialPlace } from '#store/trials/trial-folder.ts'
import { defineCommand } from './define-command.ts'
import { trialStateText } from './text/trial-text.ts'
import { parseFacts } from './trial-plan.ts'

export const command = defineCommand({
  name: 'trial record',
  summary: 'Record a run of a trial from the result of any benchmark that can be read, for arms that are driven elsewhere',
  effect: 'writes_artifacts',
  positional: ['trial', 'result'],
  input: z.object({
    trial: z.string().describe('Id of the trial, or its folder'),
    result: z.string().describe('Benchmark result of this run'),
    arm: armSchema.describe('Arm that it measured'),
    pair: z.int().min(1).describe('Pair, from 1'),
    kind: z.enum(['aa', 'ab']).default('ab').describe('aa: a pair of A against A'),
    position: z.enum(['first', 'second']).optional().describe('In its pair; default: what the plan’s order says of this arm'),
    cell: z.string().optional().describe('Cell of the result, where it has several'),
    fact: z.array(z.string()).default([]).describe('NAME=VALUE that was true of this run, beside those of its arm'),
    salt: z.string().optional().describe('Of the prompts of this pair'),
    dryRun: z.boolean().default(false).describe('Read the result and say where it would go, record nothing'),
  }),
  output: trialStateSchema,
  examples: [
    {
      title: 'where would the result of a fifth pair go?',
      args: ['examples/trial-two-engines', 'examples/serving/sweep.jsonl', '--cell', 'c16-t1', '--arm', 'A', '--pair', '5', '--dry-run'],
    },
  ],
  async run(context, { trial: given, result, arm, pair, kind, position, cell, fact, salt, dryRun }) {
    const at = trialPlace(experimentsRoot(context.env, '.'), given)
    const { shown } = at
    const folder = context.path(at.path)
    const { plan, runs } = readTrial(folder, shown)
    const path = context.path(result)
    const opened = await openCapture(path, { needs: new Set() })
    const bench = opened.capture.benchResult
    if (bench === undefined)
      throw new SextantError('missing_data', `${result} is no benchmark result`, 'Give the file that the load generator wrote.', {
        kind: opened.capture.kind,
      })
    const chosen = bench.cells.filter(({ id, concurrency }) =>
      cell === undefined ? bench.cells.length === 1 || concurrency === plan.concurrency : id === cell,
    )
    const [found] = chosen
    if (found === undefined || chosen.length > 1) {
      throw new SextantError(
        'ambiguous',
        `${result} has ${chosen.length} cells that fit`,
        `Name one with --cell: ${bench.cells.map(({ id }) => id).join(', ')}.`,
        {},
      )
    }
    const slot = plannedRuns(plan, runs, kind === 'ab' ? pair : plan.pairs).find(
      (each) =>
        each.kind === kind &&
        each.pair === pair &&
        (position === undefined ? each.arm === arm && (kind === 'ab' || each.state === 'open') : each.position === position),
    )
    const where = position ?? slot?.position ?? 'second'
    const [completed, failed] = [countOf(found, 'completed'), countOf(found, 'failed')]
    const output = countOf(found, 'output-tokens')
    const record = {
      schema: 'trial-run/1' as const,
      trial: plan.trial,
      kind,
      pair,
      arm,
      position: where,
      ...(found.startedAt?.zone === 'utc' && /Z$/.test(found.startedAt.text) ? { started_at_utc: found.startedAt.text } : {}),
      ...(salt === undefined ? {} : { salt }),
      values: trialFigures(found),
      ...(completed === undefined ? {} : { requests: completed }),
      ...(failed === undefined ? {} : { failed }),
      ...(completed === undefined || output === undefined || completed === 0 ? {} : { outputTokensMean: output / completed }),
      facts: { ...plan.arms[arm].facts, ...parseFacts(fact) },
      invalid: runProblems(found),
    }
    if (!dryRun) await recordRun(folder, shown, record, { path, shown: result })
    const after = readTrial(folder, shown).runs
    return {
      schema: 'trial-state/1' as const,
      sources: after.map(({ artifact }) => artifact),
      trial: plan.trial,
      folder: shown,
      dryRun,
      plan,
      runs: plannedRuns(plan, after, Math.max(...after.map((each) => each.pair))).map(({ kind: of, pair: number, arm: which, state }) => ({
        kind: of,
        pair: number,
        arm: which,
        state,
      })),
      recorded: [runName(record)],
    }
  },
  render: trialStateText,
})
