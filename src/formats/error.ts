/** What every door answers for an operational error. */
import * as z from 'zod'
import { type ErrorCode, errorExitStatus } from '#base/errors.ts'

const codes = Object.keys(errorExitStatus) as ErrorCode[]

export const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.enum(codes),
    message: z.string(),
    hint: z.string().describe('The next thing to do'),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.array(z.number())])),
  }),
})
