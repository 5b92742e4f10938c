import { statSync } from 'node:fs'
import * as z from 'zod'
import { recordsOf } from '#analysis/ledger/calibration.ts'
import { SextantError } from '#base/errors.ts'
import { focusSchema, synthesisSchema } from '#formats/synthesis.ts'
import { keepSynthesis } from '#pipeline/synthesis/keep.ts'
import { priorArtOf } from '#pipeline/synthesis/prior-art.ts'
import { synthesize } from '#pipeline/synthesis/synthesize.ts'
import { experimentsRoot, requireBundle } from '#store/bundle/paths.ts'
import { ledgersBelow } from '#store/ledger/ledger-file.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { version } from './framework/version.ts'
import { synthesisText } from './text/synthesis-text.ts'

function requireFolder(folder: string, shown: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return
  throw new SextantError('file_not_found', `${shown} is no folder`, 'Name an evidence bundle, or a folder of captures with --dry-run.', {
    path: shown,
  })
}

export const command = defineCommand({
  name: 'synthesize',
  summary: 'What should I change first? Fuses the sources of a bundle into one reconciled picture and one ranked ledger of levers',
  effect: 'writes_artifacts',
  positional: ['bundle'],
  input: z.object({
    bundle: z.string().optional().describe('Folder of an evidence bundle'),
    focus: focusSchema.default('mixed').describe('What a lever is worth: latency, throughput, cost, or the best of them'),
    engineConfig: z.string().optional().describe('Launch command, Helm values or deployment/1 file, beside what the bundle holds'),
    modelConfig: z.string().optional().describe('config.json of the model'),
    stage: z.int().min(0).max(20).default(0).describe('Plan trials of this many levers from the top'),
    createdAtUtc: z.iso.datetime().optional().describe('Time in the names of what is written; else now'),
    dryRun: z.boolean().default(false).describe('Say it, write nothing into the bundle'),
    cache: cacheInput,
  }),
  output: synthesisSchema,
  examples: [
    { title: 'what should the example deployment change first?', args: ['examples/synthesis-bundle', '--dry-run'] },
    { title: 'the same for cost', args: ['examples/synthesis-bundle', '--focus', 'cost', '--dry-run'] },
  ],
  async run(context, { bundle, focus, engineConfig, modelConfig, stage, createdAtUtc, dryRun, cache }) {
    if (bundle === undefined) {
      throw new SextantError('usage', 'no bundle is named', 'Name one: sextant synthesize BUNDLE. Begin one: sextant evidence init.')
    }
    const folder = context.path(bundle)
    requireFolder(folder, bundle)
    // A folder of captures can be looked at; only a bundle keeps what is said of it.
    if (!dryRun) requireBundle(folder, bundle)
    const root = context.path(experimentsRoot(context.env, '.'))
    const found = ledgersBelow(root)
    const synthesis = await synthesize(askContext(context, cache), folder, bundle, {
      focus,
      records: recordsOf(found.flatMap(({ ledger }) => ledger.rows)),
      priorArt: (deployment, own) => priorArtOf(found, own, deployment),
      version,
      ...(engineConfig === undefined ? {} : { engineConfig: context.path(engineConfig) }),
      ...(modelConfig === undefined ? {} : { modelConfig: context.path(modelConfig) }),
    })
    if (dryRun) return synthesis
    const atUtc = createdAtUtc ?? new Date().toISOString()
    return await keepSynthesis({ root, folder, shown: bundle, configRoot: context.configRoot, synthesis, stage, atUtc })
  },
  render: synthesisText,
  exitCode: ({ state }) => (state === 'refused' ? 1 : 0),
})
