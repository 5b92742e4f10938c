/** `configs/sol-ceilings.yaml`: peaks per hardware as data, in the shape that the field already uses (see gpu-perf-tune), and richer. */
import * as z from 'zod'

/** One ceiling. Only `value` is always there: `nvswitch_sharp` has no unit, and files of others may lack a source. */
export const ceilingEntrySchema = z.looseObject({
  value: z.union([z.number(), z.boolean(), z.string()]),
  units: z.string().optional(),
  source: z.string().optional(),
  notes: z.string().optional(),
  /** Where it differs from the hardware's own. */
  confidence: z.string().optional(),
  dcgm_metric: z.string().optional(),
  dcgm_metrics_bytes: z.array(z.string()).optional(),
  /** `ratio`, `bytes_per_s`, `MiB`; files of others also say `bytes` and `bytes_per_scrape`. */
  dcgm_unit: z.string().optional(),
  /** How the byte rates of both directions combine for this ceiling. */
  dcgm_combine: z.enum(['sum', 'max']).optional(),
  dcgm_fallback_metric: z.string().optional(),
  dcgm_fallback_notes: z.string().optional(),
})
export type CeilingEntry = z.infer<typeof ceilingEntrySchema>

/** One hardware: what it is, and every other key a ceiling. */
export const ceilingHardwareSchema = z
  .object({
    hw_name: z.string(),
    arch: z.string().optional(),
    compute_capability: z.string().optional(),
    confidence: z.string().optional(),
    /** Whether a DCGM exporter can measure it; absent = not said. */
    dcgm_support: z.enum(['prof', 'none']).optional(),
    /** Devices that software sees per entry: MI250X is sold as one module and seen as two. */
    devices_per_entry: z.int().positive().optional(),
    /** Data type -> share of the architecture's rate that the product is sold with. */
    tensor_rate_factors: z.record(z.string(), z.number()).optional(),
    notes: z.string().optional(),
    disagreements: z.array(z.string()).optional(),
  })
  .catchall(z.union([ceilingEntrySchema, z.string(), z.number(), z.boolean(), z.array(z.string()), z.record(z.string(), z.number())]))

export const categoryCeilingSchema = z.object({ metric: z.string(), bound: z.enum(['bandwidth', 'compute']) })

export const ceilingCorrectionSchema = z.object({
  /** `hardware.metric`, a hardware key, or `*.metric`. */
  path: z.string(),
  field_value: z.union([z.number(), z.boolean()]).optional(),
  reason: z.string(),
})

/** Keys beside these are hardware. A file of another tool needs none of them. */
export const solCeilingsSchema = z
  .object({
    schema: z.literal('sol-ceilings/1').optional(),
    as_of: z.string().optional(),
    sources: z.record(z.string(), z.string()).optional(),
    rates_per_sm_per_clock: z.record(z.string(), z.record(z.string(), z.number())).optional(),
    corrections: z.array(ceilingCorrectionSchema).optional(),
    category_ceiling_map: z.record(z.string(), categoryCeilingSchema).optional(),
    dcgm_config: z.record(z.string(), z.unknown()).optional(),
  })
  .catchall(ceilingHardwareSchema)
export type SolCeilings = z.infer<typeof solCeilingsSchema>

/** `configs/device-names.yaml`: names of devices as tools print them -> hardware key. */
export const deviceNamesSchema = z.strictObject({
  schema: z.literal('device-names/1'),
  device_names: z.record(z.string(), z.strictObject({ names: z.array(z.string()) })),
  /** Names that stand for one part though the maker sells several; what is assumed is said with the answer. */
  device_tokens: z.record(z.string(), z.strictObject({ key: z.string(), assumes: z.string() })),
  /** Keys of other files of ceilings -> ours. */
  field_keys: z.record(z.string(), z.string()),
})
export type DeviceNamesFile = z.infer<typeof deviceNamesSchema>
