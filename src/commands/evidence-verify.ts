import * as z from 'zod'
import { evidenceVerifySchema } from '#formats/evidence.ts'
import { bundleFolder } from '#store/bundle/paths.ts'
import { verifyBundle } from '#store/bundle/verify.ts'
import { defineCommand } from './define-command.ts'
import { evidenceVerifyText } from './text/evidence-text.ts'

export const command = defineCommand({
  name: 'evidence verify',
  summary: 'Is a bundle what its manifest says, byte by byte? One changed byte of one artifact fails it',
  effect: 'read_only',
  positional: ['bundle'],
  input: z.object({ bundle: z.string().describe('Folder of the bundle') }),
  output: evidenceVerifySchema,
  examples: [{ title: 'is the example bundle whole?', args: ['examples/evidence-bundle'] }],
  async run(context, { bundle }) {
    const { manifest, problems } = await verifyBundle(context.path(bundle), bundle)
    const isBroken = problems.some(({ severity }) => severity === 'error')
    return {
      schema: 'evidence-verify/1' as const,
      sources: manifest.artifacts.map(({ path, sha256 }) => ({ path, sha256 })),
      family: manifest.family,
      run_id: manifest.run_id,
      bundle: bundleFolder(manifest.family, manifest.run_id),
      verdict: isBroken ? ('broken' as const) : problems.length > 0 ? ('whole-with-notes' as const) : ('whole' as const),
      artifacts: manifest.artifacts.length,
      bytes: manifest.artifacts.reduce((sum, { bytes }) => sum + bytes, 0),
      sealed: manifest.sealed !== undefined,
      problems: [...problems],
    }
  },
  render: evidenceVerifyText,
  exitCode: ({ verdict }) => (verdict === 'broken' ? 1 : 0),
})
