/** `ncu_kernels.json` of a campaign cell, in the field's own shape: kernels with counted work. `null` is what was not counted. */
import * as z from 'zod'

const amount = z.number().nonnegative()

export const ncuKernelsJsonSchema = z.object({
  schema_version: z.literal(1),
  captured_sources: z.array(z.string()),
  hw_key: z.string().nullable().describe('Key of the ceilings; null where the device’s name is not known.'),
  kernels: z.array(
    z.object({
      name: z.string(),
      name_full: z.string(),
      category: z.string(),
      kernel_time_ns: amount.nullable().describe('Sum over the launches measured, under replay.'),
      dram_bytes_total: amount.nullable(),
      sm_flops_total: amount.nullable().describe('Of the scalar pipes.'),
      tensor_flops_total: amount.nullable(),
      arithmetic_intensity_flops_per_byte: amount.nullable(),
      achieved_dram_pct_peak: amount.nullable(),
      achieved_sm_pct_peak: amount.nullable().describe('How busy the multiprocessors were: no distance to a roof.'),
      achieved_occupancy_pct: amount.nullable(),
      block_limit_factor: z.string().nullable(),
      achieved_tflops: amount.nullable(),
    }),
  ),
})
export type NcuKernelsJson = z.infer<typeof ncuKernelsJsonSchema>
