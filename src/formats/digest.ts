/** `digest --json`: what the digest cache holds of one capture. The same whether it was there before or not. */
import * as z from 'zod'
import { errorSchema } from './error.ts'
import { sourceSchema } from './source.ts'

const count = z.int().nonnegative()

export const digestSchema = z.object({
  schema: z.literal('digest/1'),
  sources: z.array(sourceSchema),
  kind: z.string(),
  held: z
    .array(z.object({ question: z.string(), options: z.json(), bytes: count.describe('Of the answer as JSON.') }))
    .describe('Questions that are now answered without reading the capture.'),
  refused: z
    .array(z.object({ question: z.string(), options: z.json(), error: errorSchema.shape.error }))
    .describe('Questions that this capture cannot answer.'),
})
export type Digest = z.infer<typeof digestSchema>
