import * as z from 'zod'
import { judgeTrial } from '#analysis/trial/judge.ts'
import { trialJudgementSchema } from '#formats/trial.ts'
import { flowBack } from '#pipeline/synthesis/record-outcome.ts'
import { experimentsRoot } from '#store/bundle/paths.ts'
import { keepJudgement, readTrial, requireArtifacts, trialPlace } from '#store/trials/trial-folder.ts'
import { defineCommand } from './define-command.ts'
import { trialVerdictText } from './text/trial-text.ts'

export const command = defineCommand({
  name: 'trial judge',
  summary:
    'What do the pairs prove? PROVEN, REFUTED, NULL or INCONCLUSIVE with the pairs still needed; each look at more pairs costs level',
  effect: 'writes_artifacts',
  positional: ['trial'],
  input: z.object({ trial: z.string().describe('Id of the trial, or its folder') }),
  output: trialJudgementSchema,
  examples: [{ title: 'did the change of the example trial help?', args: ['examples/trial-two-engines'] }],
  async run(context, { trial: given }) {
    const { path: place, shown } = trialPlace(experimentsRoot(context.env, '.'), given)
    const folder = context.path(place)
    const { plan, runs, looks } = readTrial(folder, shown)
    requireArtifacts(folder, shown, runs)
    const judgement = { ...judgeTrial({ plan, runs, earlierLooks: looks }), sources: runs.map(({ artifact }) => artifact) }
    const pairs = judgement.pairs.counted
    const isNewLook = judgement.verdict !== 'INVALID' && !looks.includes(pairs)
    await keepJudgement(folder, judgement, isNewLook ? [...looks, pairs] : looks)
    const root = context.path(experimentsRoot(context.env, '.'))
    const notRecorded = await flowBack(root, { folder, shown }, plan, runs, judgement, new Date().toISOString())
    return notRecorded === undefined ? judgement : { ...judgement, ledgerNote: notRecorded }
  },
  render: trialVerdictText,
  exitCode: ({ verdict }) => (verdict === 'REFUTED' || verdict === 'INVALID' ? 1 : 0),
})
