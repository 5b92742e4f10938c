import * as z from 'zod'
import { evidenceChangeSchema } from '#formats/evidence.ts'
import { addToBundle } from '#store/bundle/bundle.ts'
import { defineCommand } from './define-command.ts'
import { changeOutput, evidenceChangeText } from './text/evidence-text.ts'

export const command = defineCommand({
  name: 'evidence add',
  summary: 'Copy captures into a bundle, secrets in text replaced, and record new versions of what is said about them',
  effect: 'writes_artifacts',
  positional: ['bundle', 'files'],
  input: z.object({
    bundle: z.string().describe('Folder of the bundle'),
    files: z
      .array(z.string())
      .default([])
      .describe('Captures or folders; none: only record what changed in SOURCE.md, summary.md, HANDOFF.md and findings/'),
    into: z.string().default('raw').describe('Folder inside the bundle, e.g. profiles, ncu-profiles, zymtrace; “” for its top'),
  }),
  output: evidenceChangeSchema,
  examples: [{ title: 'record what changed in what is said about the evidence', args: ['examples/evidence-bundle'] }],
  async run(context, { bundle, files, into }) {
    const toAdd = files.map((file) => ({ path: context.path(file), shown: file, into }))
    return changeOutput(await addToBundle(context.path(bundle), bundle, toAdd, new Date().toISOString()))
  },
  render: evidenceChangeText,
})
