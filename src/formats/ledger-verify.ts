/** `verify --json`: every figure of a ledger computed again from the artifacts. */
import * as z from 'zod'
import { sourceSchema } from './source.ts'

const count = z.int().nonnegative()

export const ledgerVerifySchema = z.strictObject({
  schema: z.literal('ledger-verify/1'),
  sources: z.array(sourceSchema),
  verdict: z.enum(['holds', 'fails']),
  pages: z.array(z.string()).describe('Files of findings/ that were computed again'),
  checked: z.strictObject({
    artifacts: count.describe('Of the bundle, by hash'),
    citations: count,
    rows: count,
    outcomes: count.describe('Rows with a trial: its verdict is judged again from its runs'),
  }),
  problems: z.array(
    z.strictObject({
      code: z.enum(['artifact', 'schema', 'citation', 'row', 'picture', 'outcome', 'provenance']),
      where: z.string(),
      what: z.string(),
    }),
  ),
})
export type LedgerVerify = z.infer<typeof ledgerVerifySchema>
