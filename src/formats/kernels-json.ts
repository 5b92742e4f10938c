/**
 * `kernels.json` of a campaign cell, in the field's own shape (gpu-perf-tune): top kernels with their category, from one source.
 * Its `samples` are samples (zymtrace) or nanoseconds (nsys): `samples_unit`, which other tools ignore, says which.
 */
import * as z from 'zod'

const amount = z.number().nonnegative()

export const kernelsJsonSchema = z.object({
  schema_version: z.literal(1),
  captured_sources: z.array(z.string()),
  samples_unit: z.exactOptional(z.enum(['samples', 'ns']).describe('What every `samples` counts; absent in files of other tools.')),
  top_kernels: z.array(z.object({ name: z.string(), samples: amount, category: z.string() })),
  per_gpu: z.array(z.object({ gpu_name: z.string(), gpu_uuid: z.string(), samples: amount })),
  per_category: z.record(z.string(), amount),
  top_python_during_cuda: z.array(z.object({ frame: z.string(), samples: amount })),
})
export type KernelsJson = z.infer<typeof kernelsJsonSchema>
