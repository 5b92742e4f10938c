import { join } from 'node:path'
import * as z from 'zod'
import { calibrationOf } from '#analysis/ledger/calibration.ts'
import { calibrationSchema } from '#formats/ledger.ts'
import { hashPath } from '#platform/hashing.ts'
import { experimentsRoot } from '#store/bundle/paths.ts'
import { LEDGER, ledgersBelow } from '#store/ledger/ledger-file.ts'
import { defineCommand } from './define-command.ts'
import { calibrationText } from './text/ledger-text.ts'

export const command = defineCommand({
  name: 'ledger calibration',
  summary: 'How well did predictions hold? Predicted against measured for each lever, over every ledger below the root',
  effect: 'read_only',
  positional: ['root'],
  input: z.object({ root: z.string().optional().describe('Folder above experiments/ (default: the working folder)') }),
  output: calibrationSchema,
  examples: [{ title: 'over the ledgers of this checkout', args: ['examples'] }],
  async run(context, { root }) {
    const found = ledgersBelow(context.path(root ?? experimentsRoot(context.env, '.')))
    const rows = found.flatMap(({ ledger }) => ledger.rows)
    const levers = calibrationOf(rows)
    const points = levers.flatMap((lever) => lever.points)
    const sources = await Promise.all(found.map(async ({ shown, path }) => ({ path: join(shown, LEDGER), sha256: await hashPath(path) })))
    return {
      schema: 'ledger-calibration/1' as const,
      sources,
      ledgers: found.length,
      rows: rows.length,
      levers,
      ...(points.length === 0 ? {} : { inside: points.filter(({ inside }) => inside).length / points.length }),
    }
  },
  render: calibrationText,
})
