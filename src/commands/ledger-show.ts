import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { ledgerSchema } from '#formats/ledger.ts'
import { readLedger } from '#store/ledger/ledger-file.ts'
import { defineCommand } from './define-command.ts'
import { ledgerText } from './text/ledger-text.ts'

export const command = defineCommand({
  name: 'ledger show',
  summary: 'The levers of a bundle and what became of each: drafts, staged trials, proven, refuted, tried without effect',
  effect: 'read_only',
  positional: ['bundle'],
  input: z.object({
    bundle: z.string().describe('Folder of an evidence bundle'),
    status: z.string().optional().describe('Only rows of this status'),
  }),
  output: ledgerSchema,
  examples: [{ title: 'what was tried on the example deployment?', args: ['examples/synthesis-bundle'] }],
  async run(context, { bundle, status }) {
    const ledger = readLedger(context.path(bundle), bundle)
    if (ledger === undefined) throw new SextantError('missing_data', `${bundle} has no ledger`, 'Make one: sextant synthesize BUNDLE.')
    return status === undefined ? ledger : { ...ledger, rows: ledger.rows.filter((row) => row.status === status) }
  },
  render: ledgerText,
})
