/** `export-kernels --json`: the artifact itself, and where it was written. */
import * as z from 'zod'
import { kernelsJsonSchema } from './kernels-json.ts'
import { ncuKernelsJsonSchema } from './ncu-kernels-json.ts'
import { lossSchema, sourceSchema } from './source.ts'

export const kernelExportSchema = z.object({
  schema: z.literal('kernel-export/1'),
  sources: z.array(sourceSchema),
  artifact: z.union([kernelsJsonSchema, ncuKernelsJsonSchema]).describe('ncu_kernels.json of a capture of counters, else kernels.json.'),
  written: z.exactOptional(z.string().describe('Base name of the file, where one was asked for.')),
  losses: z.array(lossSchema),
})
export type KernelExport = z.infer<typeof kernelExportSchema>
