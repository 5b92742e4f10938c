import * as z from 'zod'
import { evidenceInitSchema } from '#formats/evidence.ts'
import { segmentSchema } from '#formats/evidence-manifest.ts'
import { initBundle, initialTexts } from '#store/bundle/bundle.ts'
import { bundleFolder, experimentsRoot } from '#store/bundle/paths.ts'
import type { BundleIdentity } from '#store/bundle/texts.ts'
import { defineCommand } from './define-command.ts'
import { version } from './framework/version.ts'

export const command = defineCommand({
  name: 'evidence init',
  tool: 'evidence_init',
  summary: 'Begin an evidence bundle: what is tested and why, findings, handoff, and a manifest with the hash of every file',
  effect: 'writes_artifacts',
  input: z.object({
    family: segmentSchema.describe('Kind of experiment, e.g. inference'),
    runId: segmentSchema.describe('Id of run, experiment, campaign and cluster label alike'),
    intent: z.string().min(1).describe('What is to be found out'),
    title: z.string().optional().describe('One line for people'),
    hypothesis: z.string().optional().describe('What is expected, so that it can be refuted'),
    repo: z.string().optional().describe('Source under test'),
    commit: z.string().optional().describe('Its commit; without it no effect can be matched to a change'),
    delivery: z.enum(['image', 'overlay', 'patchedVllm', 'infr-patch']).optional().describe('How the source reached the pods'),
    image: z.string().optional().describe('Container image'),
    createdBy: z.string().default('unknown').describe('Person or agent; never read from the system'),
    createdAtUtc: z.iso.datetime().optional().describe('Time of beginning; else now'),
    dryRun: z.boolean().default(false).describe('Say what would be written, write nothing'),
  }),
  output: evidenceInitSchema,
  examples: [
    {
      title: 'what would be written for a new experiment',
      args: ['--family', 'inference', '--run-id', 'glm51-decode-1', '--intent', 'what bounds decode at one stream?', '--dry-run'],
    },
  ],
  async run(context, { dryRun, createdAtUtc, ...about }) {
    // Only undefined values go: what remains has the shape that it had.
    const given = Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined)) as Pick<
      BundleIdentity,
      'family' | 'runId' | 'intent' | 'createdBy'
    >
    const identity: BundleIdentity = { ...given, createdAtUtc: createdAtUtc ?? new Date().toISOString(), toolVersion: version }
    const root = context.path(experimentsRoot(context.env, '.'))
    const bundle = dryRun ? bundleFolder(about.family, about.runId) : initBundle(root, identity)
    return {
      schema: 'evidence-init/1' as const,
      sources: [],
      family: about.family,
      run_id: about.runId,
      bundle,
      dryRun,
      files: [...Object.keys(initialTexts(identity)), 'manifest.json', 'sha256sums.txt'].sort(),
    }
  },
  render: ({ bundle, files, dryRun }) =>
    `${bundle}${dryRun ? ' (nothing written)' : ''}\n${files.map((file) => `  ${file}\n`).join('')}\nNext: sextant evidence add ${bundle} FILE… --into profiles\n`,
})
