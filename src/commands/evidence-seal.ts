import * as z from 'zod'
import { evidenceChangeSchema } from '#formats/evidence.ts'
import { sealBundle } from '#store/bundle/bundle.ts'
import { defineCommand } from './define-command.ts'
import { changeOutput, evidenceChangeText } from './text/evidence-text.ts'

export const command = defineCommand({
  name: 'evidence seal',
  summary: 'Fix the artifacts of a bundle: nothing is added after this, what is said about them may still grow',
  effect: 'writes_artifacts',
  positional: ['bundle'],
  input: z.object({ bundle: z.string().describe('Folder of the bundle') }),
  output: evidenceChangeSchema,
  examples: [{ title: 'sealing twice is the same as once', args: ['examples/evidence-bundle'] }],
  async run(context, { bundle }) {
    return changeOutput(await sealBundle(context.path(bundle), bundle, new Date().toISOString()))
  },
  render: evidenceChangeText,
})
