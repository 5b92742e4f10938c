import * as z from 'zod'
import { ledgerVerifySchema } from '#formats/ledger-verify.ts'
import { requireLedgerPlace, verifyLedger } from '#pipeline/synthesis/verify.ts'
import { experimentsRoot } from '#store/bundle/paths.ts'
import { defineCommand } from './define-command.ts'
import { askContext } from './framework/capture-input.ts'
import { version } from './framework/version.ts'
import { ledgerVerifyText } from './text/ledger-text.ts'

export const command = defineCommand({
  name: 'verify',
  summary: 'Does a ledger hold? Computes every figure again from the artifacts and their hashes, and judges the trials again',
  effect: 'read_only',
  positional: ['ledger'],
  input: z.object({
    ledger: z.string().describe('Evidence bundle, or a file of its findings/'),
    engineConfig: z.string().optional().describe('As given to synthesize, where it was'),
    modelConfig: z.string().optional().describe('As given to synthesize, where it was'),
  }),
  output: ledgerVerifySchema,
  examples: [{ title: 'does the ledger of the example bundle hold?', args: ['examples/synthesis-bundle'] }],
  async run(context, { ledger, engineConfig, modelConfig }) {
    const given = context.path(ledger)
    requireLedgerPlace(given, ledger)
    return await verifyLedger(askContext(context, false), given, ledger, {
      root: context.path(experimentsRoot(context.env, '.')),
      version,
      ...(engineConfig === undefined ? {} : { engineConfig: context.path(engineConfig) }),
      ...(modelConfig === undefined ? {} : { modelConfig: context.path(modelConfig) }),
    })
  },
  render: ledgerVerifyText,
  exitCode: ({ verdict }) => (verdict === 'fails' ? 1 : 0),
})
