/** `engine-knobs/1`: configs/engine-knobs.yaml, the settings of serving engines that a lever sets or asks, by version. */
import * as z from 'zod'

export const knobValueSchema = z.union([z.string(), z.number(), z.boolean()])

/** `0.14`, or `0.16..0.18`: below the first it certainly does not hold, from the second it certainly does, between them nobody looked. */
const boundSchema = z.string().regex(/^\d+(\.\d+){1,2}(\.\.\d+(\.\d+){1,2})?$/)

export const knobSpellingSchema = z.strictObject({
  form: z
    .enum(['argument', 'environment', 'config-key'])
    .describe('config-key: a dotted key of a JSON argument, or of the YAML of options'),
  name: z.string().min(1),
  since: z.exactOptional(boundSchema),
  until: z.exactOptional(boundSchema.describe('First version that has it no more')),
  inverted: z.exactOptional(z.boolean().describe('True here is the knob switched off: disable-…')),
  also: z.exactOptional(z.array(z.string()).describe('Other spellings that the engine takes for the same')),
  values: z.exactOptional(z.record(z.string(), knobValueSchema).describe('Value as the engine spells it -> value of the knob')),
})
export type KnobSpelling = z.infer<typeof knobSpellingSchema>

export const knobDefaultSchema = z.strictObject({
  value: knobValueSchema,
  since: z.exactOptional(boundSchema),
  until: z.exactOptional(boundSchema),
  when: z.exactOptional(
    z.strictObject({
      tensorParallelFrom: z.exactOptional(z.int().positive()),
      tensorParallelUpTo: z.exactOptional(z.int().positive()),
      computeCapability: z.exactOptional(z.array(z.string()).describe('9.0, or 10 for 10.0 and 10.3')),
      notComputeCapability: z.exactOptional(z.array(z.string())),
      model: z.exactOptional(z.enum(['dense', 'moe'])),
      set: z.exactOptional(z.record(z.string(), z.array(knobValueSchema)).describe('Knob -> values: one of them is in force')),
      notSet: z.exactOptional(z.record(z.string(), z.array(knobValueSchema)).describe('Knob -> values: none of them is in force')),
    }),
  ),
})
export type KnobDefault = z.infer<typeof knobDefaultSchema>

export const engineKnobSchema = z.strictObject({
  spellings: z.array(knobSpellingSchema).min(1).describe('Newest first: the first that the version has is written'),
  pair: z.exactOptional(z.boolean().describe('false: a switch without a no- form; absent: the engine’s habit')),
  resolved: z.exactOptional(z.string().describe('Key of deployment.resolved that says what is in force')),
  defaults: z.exactOptional(z.array(knobDefaultSchema).describe('First that holds; none: the default is not known')),
  sideEffects: z.exactOptional(
    z.array(z.strictObject({ text: z.string(), to: z.exactOptional(z.array(knobValueSchema)), since: z.exactOptional(boundSchema) })),
  ),
  source: z.string().min(1),
})
export type EngineKnob = z.infer<typeof engineKnobSchema>

export const knobSchema = z.strictObject({
  what: z.string().min(1),
  type: z.enum(['boolean', 'integer', 'number', 'text']),
  engines: z.strictObject({
    vllm: z.exactOptional(engineKnobSchema),
    sglang: z.exactOptional(engineKnobSchema),
    'tensorrt-llm': z.exactOptional(engineKnobSchema),
  }),
})
export type Knob = z.infer<typeof knobSchema>

export const engineKnobsSchema = z.strictObject({
  schema: z.literal('engine-knobs/1'),
  snapshots: z.record(z.string(), z.string()).describe('Engine -> what was read'),
  shortForms: z.strictObject({
    vllm: z.exactOptional(z.record(z.string(), z.string())),
    sglang: z.exactOptional(z.record(z.string(), z.string())),
    'tensorrt-llm': z.exactOptional(z.record(z.string(), z.string())),
  }),
  knobs: z.record(z.string().regex(/^[a-z0-9-]+$/), knobSchema),
})
export type EngineKnobs = z.infer<typeof engineKnobsSchema>
