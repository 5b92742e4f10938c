/** `baseline.json` of a registry entry, in the field's own keys (facts/baselines.md section 2). Entries of other tools lack some. */
import * as z from 'zod'

const optional = <T extends z.ZodType>(schema: T) => z.exactOptional(schema.nullable())

export const directionSchema = z.enum(['two-sided', 'higher-is-better', 'lower-is-better'])
export type Direction = z.infer<typeof directionSchema>

export const perfBaselineSchema = z.looseObject({
  schema: z.exactOptional(z.string()).describe('perf_baseline_v1; absent in entries of other tools'),
  family: z.string(),
  measurement: z.string(),
  value: optional(z.json()).describe('A number; null where the snapshot holds the values'),
  direction: optional(directionSchema),
  unit: z.string(),
  source_path: z.string(),
  source_sha256: z.string().regex(/^[0-9a-f]{64}$/),
  schema_path: optional(z.string()).describe('Schema of the snapshot'),
  registered_at_utc: z.string(),
  registered_by: optional(z.looseObject({ operator_user: optional(z.string()) })),
  workstation: optional(z.looseObject({ hostname: optional(z.string()), uname: optional(z.string()) })),
  profile_and_optimize_sha: optional(z.string()).describe('Of the tool that registered it'),
  notes: optional(z.string()),
  cluster: optional(z.string()),
  headline: optional(z.looseObject({})),
  sol_pct: optional(z.number()),
  sol_ceiling_key: optional(z.string()),
  sol_ceiling_value: optional(z.number()),
})
export type PerfBaseline = z.infer<typeof perfBaselineSchema>
