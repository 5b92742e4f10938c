/** Where a number comes from. */
import * as z from 'zod'

/** A file or folder that an output was computed from. `path` is the base name, with parents only where two would be equal. */
export const sourceSchema = z.strictObject({
  path: z.string().min(1).describe('Base name; parent folders are added only to tell equal names apart'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Of the bytes; of a folder: of its sorted lines "name, NUL, sha256 of the file"'),
})
export type SourceReference = z.infer<typeof sourceSchema>

/** Rigor of a number: L1 sample share, L2 timeline or derived attribution, L3 byte counters, L4 hardware counters per kernel. */
export const tierSchema = z.enum(['L1', 'L2', 'L3', 'L4'])
/** DRAFT is predicted; VERDICT is proven by a trial. */
export const standingSchema = z.enum(['DRAFT', 'VERDICT'])

/** What carries one number from bytes to ledger row to report: running the command again must give the same value at the pointer. */
export const citationSchema = z.strictObject({
  artifacts: z.array(sourceSchema).min(1),
  command: z.string().describe('name@version'),
  input: z.record(z.string(), z.json()),
  pointer: z.string().describe('JSON pointer (RFC 6901) into the output of the command'),
  value: z.union([z.number(), z.string(), z.boolean()]),
  tier: tierSchema,
  standing: standingSchema,
  context: z.record(z.string(), z.json()).describe('Context descriptor of the measurement'),
})
export type Citation = z.infer<typeof citationSchema>

/** Something that reading could not keep, counted. */
export const lossSchema = z.strictObject({
  code: z.string().describe('Stable kebab-case id'),
  count: z.number().int().nonnegative(),
  what: z.string().describe('What was lost and where, in one sentence'),
})

/** How every measured result ends: what to look at next, what it could win at most, and what would prove or refute it. */
export const nextLeverSchema = z.strictObject({
  lever: z.string().min(1),
  expectedUnlock: z.string().min(1).describe('With its bound: the share of time that the lever can win at most'),
  gate: z.string().min(1).describe('The measurement that would prove or refute it'),
})
export type NextLever = z.infer<typeof nextLeverSchema>
