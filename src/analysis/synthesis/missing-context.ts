/** Fields of the full context descriptor that no source states (facts/methodology.md, rule 41): each blocks a VERDICT. */
import type { DeploymentFile } from '#formats/deployment.ts'
import type { Deployment, KnobState } from './deployment.ts'

/** Knobs whose value must be known, by the name that the descriptor has for them. */
const knobs: readonly (readonly [field: string, knob: string])[] = [
  ['max-num-seqs', 'max-num-seqs'],
  ['max-num-batched-tokens', 'max-num-batched-tokens'],
  ['gpu-memory-utilization', 'gpu-memory-utilization'],
  ['max-model-len', 'max-model-len'],
  ['cudagraph mode', 'cudagraph-mode'],
  ['async scheduling', 'async-scheduling'],
  ['prefix caching', 'prefix-caching'],
  ['KV cache type', 'kv-cache-dtype'],
]

const fields: readonly (readonly [field: string, of: (file: DeploymentFile) => unknown])[] = [
  ['engine version or commit', ({ engine }) => engine.version ?? engine.commit],
  ['delivery', ({ engine }) => engine.delivery],
  ['image', ({ engine }) => engine.image],
  ['model', ({ model }) => model?.name],
  ['weight type', ({ model }) => model?.weightType],
  ['dataset', ({ workload }) => workload?.dataset],
  ['input tokens', ({ workload }) => workload?.inputTokens],
  ['output tokens', ({ workload }) => workload?.outputTokens],
  ['concurrency', ({ workload }) => workload?.concurrency],
]

/** @param isAsked whether the table of knobs has such a knob: of another engine it may not. */
export function missingContext(file: DeploymentFile | undefined, deployment: Deployment, isAsked: (knob: string) => boolean): string[] {
  if (file === undefined) return ['deployment: engine, version, arguments, model, hardware and workload']
  const unknown = (state: KnobState) => state.state === 'unknown'
  return [
    ...fields.flatMap(([field, of]) => (of(file) === undefined ? [field] : [])),
    ...(deployment.hardware === undefined ? ['hardware'] : []),
    ...(deployment.tensorParallel === undefined ? ['tensor parallel size'] : []),
    ...knobs.flatMap(([field, knob]) => (isAsked(knob) && unknown(deployment.knob(knob)) ? [field] : [])),
  ]
}
