import * as z from 'zod'

export const formatListSchema = z.strictObject({
  schema: z.literal('format-list/1'),
  captures: z
    .array(
      z.strictObject({
        kind: z.string(),
        title: z.string(),
        spec: z.string().describe('Specification, or where the format was learnt from'),
      }),
    )
    .describe('What can be read, sorted by kind; recognised by content, whatever the file is called'),
  formats: z
    .array(
      z.strictObject({
        schema: z.string(),
        title: z.string(),
        use: z.enum(['returned', 'persisted']),
      }),
    )
    .describe('What commands return or write, sorted by schema'),
})
export type FormatList = z.infer<typeof formatListSchema>
