/** The knobs of a deployment: what is in force, by the file of the deployment and by the engine’s own version. */
import { defaultValue } from '#analysis/knobs/defaults.ts'
import { type ArgumentIndex, type FoundSetting, findSetting, indexArguments, type KnobValue, knobValue } from '#analysis/knobs/spelling.ts'
import { within } from '#analysis/knobs/version.ts'
import type { Deployment, KnobState } from '#analysis/synthesis/deployment.ts'
import type { DeploymentFile, EngineName, Model } from '#formats/deployment.ts'
import type { EngineKnob, EngineKnobs, Knob, KnobSpelling } from '#formats/engine-knobs.ts'

/** Of the ceilings table, by the deployment’s hardware. */
export interface HardwareFacts {
  readonly key?: string
  /** 9.0, 10.0… */
  readonly computeCapability?: string
}

export const engineTitles: Readonly<Record<EngineName, string>> = { vllm: 'vLLM', sglang: 'SGLang', 'tensorrt-llm': 'TensorRT-LLM' }

/** “vLLM 0.14.1”, “vLLM of unknown version”. */
export function engineTitle({ name, version }: DeploymentFile['engine']): string {
  return version === undefined ? `${engineTitles[name]} of unknown version` : `${engineTitles[name]} ${version}`
}

/**
 * @param file absent: every knob is unknown.
 * @returns the deployment; asking for a knob that the table does not have is a bug and throws.
 */
export function deploymentOf(file: DeploymentFile | undefined, knobs: EngineKnobs, hardware: HardwareFacts = {}): Deployment {
  const states = new Map<string, KnobState>()
  const index = file === undefined ? new Map() : indexArguments(file, knobs)
  const knob = (id: string): KnobState => {
    const known = states.get(id)
    if (known !== undefined) return known
    // A condition that leads back to its own knob finds it unknown instead of never ending.
    states.set(id, { state: 'unknown', why: 'it depends on itself' })
    const state = stateOf(id, { file, knobs, index, hardware, knob })
    states.set(id, state)
    return state
  }
  const size = (id: string): number | undefined => {
    const state = knob(id)
    return 'value' in state && typeof state.value === 'number' && state.value >= 1 ? state.value : undefined
  }
  return { ...described(file, hardware), ...sizes(file, size), ...expertParallel(knob), knob }
}

function described(file: DeploymentFile | undefined, hardware: HardwareFacts) {
  const key = hardware.key ?? file?.hardware?.key
  const usd = file?.hardware?.usdPerGpuHour
  return {
    ...(file === undefined ? {} : { file, engine: file.engine.name }),
    ...(file?.engine.version === undefined ? {} : { version: file.engine.version }),
    model: file?.model ?? {},
    ...(key === undefined ? {} : { hardware: key }),
    ...(hardware.computeCapability === undefined ? {} : { computeCapability: hardware.computeCapability }),
    ...(usd === undefined ? {} : { usdPerGpuHour: usd }),
  }
}

function sizes(file: DeploymentFile | undefined, size: (knob: string) => number | undefined) {
  const tensorParallel = size('tensor-parallel-size')
  const pipelineParallel = size('pipeline-parallel-size')
  const dataParallel = size('data-parallel-size')
  const stated = file?.hardware?.gpus
  const counted =
    tensorParallel === undefined || pipelineParallel === undefined || dataParallel === undefined
      ? undefined
      : tensorParallel * pipelineParallel * dataParallel
  // With SGLang’s attention in data parallel the ranks share the GPUs of tensor parallelism: only what is stated is sure.
  const gpus = stated ?? (file?.engine.name === 'vllm' ? counted : undefined)
  return {
    ...(tensorParallel === undefined ? {} : { tensorParallel }),
    ...(pipelineParallel === undefined ? {} : { pipelineParallel }),
    ...(dataParallel === undefined ? {} : { dataParallel }),
    ...(gpus === undefined ? {} : { gpus }),
  }
}

function expertParallel(knob: (id: string) => KnobState): { readonly expertParallel?: boolean } {
  const flag = knob('expert-parallel')
  const ranks = knob('expert-parallel-size')
  if ('value' in flag) return { expertParallel: flag.value === true }
  return 'value' in ranks && typeof ranks.value === 'number' ? { expertParallel: ranks.value > 1 } : {}
}

interface Asked {
  readonly file: DeploymentFile | undefined
  readonly knobs: EngineKnobs
  readonly index: ArgumentIndex
  readonly hardware: HardwareFacts
  readonly knob: (id: string) => KnobState
}

function stateOf(id: string, asked: Asked): KnobState {
  const knob = Object.hasOwn(asked.knobs.knobs, id) ? asked.knobs.knobs[id] : undefined
  if (knob === undefined) throw new Error(`no knob “${id}” in engine-knobs.yaml`)
  const { file } = asked
  if (file === undefined) return { state: 'unknown', why: 'no deployment is known' }
  const ours = knob.engines[file.engine.name]
  if (ours === undefined) return { state: 'absent', why: `${engineTitles[file.engine.name]} has no such setting` }
  return resolvedState(knob, ours, file) ?? writtenState(knob, ours, file, asked)
}

/** What the engine itself said counts more than what it was asked for. */
function resolvedState(knob: Knob, { resolved }: EngineKnob, file: DeploymentFile): KnobState | undefined {
  if (resolved === undefined || file.resolved === undefined || !Object.hasOwn(file.resolved, resolved)) return undefined
  const raw = file.resolved[resolved]
  const value = raw === undefined ? undefined : knobValue(withoutClass(raw), knob.type)
  return value === undefined ? undefined : { state: 'resolved', value, from: `the engine’s log: ${resolved} is ${String(raw)}` }
}

/** `CUDAGraphMode.FULL` is FULL: logs print the class of an enumeration before its member. */
const withoutClass = (raw: KnobValue): KnobValue =>
  typeof raw === 'string' && /^[A-Z]\w*\.[A-Z_0-9]+$/.test(raw) ? raw.slice(raw.indexOf('.') + 1) : raw

function writtenState(knob: Knob, ours: EngineKnob, file: DeploymentFile, asked: Asked): KnobState {
  const { version } = file.engine
  const known = ours.spellings.map((spelling) => ({ spelling, has: within(version, spelling) }))
  const taken = known.filter(({ has }) => has !== 'no').map(({ spelling }) => spelling)
  const setting = findSetting(knob, taken, file, asked.index)
  if (setting !== undefined) return setState(setting, knob)
  if (taken.length === 0) return { state: 'absent', why: `${engineTitle(file.engine)} has no ${written(ours.spellings)}` }
  if (!known.some(({ has }) => has === 'yes')) {
    const why = `whether ${engineTitle(file.engine)} has ${written(taken)} is not known`
    return { state: 'unknown', why }
  }
  const value = defaultValue(ours.defaults ?? [], {
    version,
    computeCapability: asked.hardware.computeCapability,
    tensorParallel: ranks(asked.knob),
    model: modelKind(file.model),
    inForce: (other) => {
      const state = asked.knob(other)
      return 'value' in state ? state.value : undefined
    },
  })
  return value === undefined
    ? { state: 'unknown', why: `${written(taken)} is not set, and what ${engineTitle(file.engine)} then does is not known` }
    : { state: 'default', value, from: `not set: ${String(value)} is the default of ${engineTitle(file.engine)}` }
}

function setState({ spelling, place, key, raw, value }: FoundSetting, { type }: Knob): KnobState {
  const shown = place === 'environment' ? `${key}=${String(raw)}` : raw === true ? `--${key}` : `--${key} ${String(raw)}`
  return value === undefined
    ? { state: 'unknown', why: `${shown} is set, which is no ${type} (${spelling.name})` }
    : { state: 'set', value, from: shown }
}

/** How a person would write the knob: by the newest of its spellings. */
function written([spelling]: readonly KnobSpelling[]): string {
  if (spelling === undefined) return 'no spelling'
  return spelling.form === 'argument' ? `--${spelling.name}` : spelling.name
}

function ranks(knob: (id: string) => KnobState): number | undefined {
  const state = knob('tensor-parallel-size')
  return 'value' in state && typeof state.value === 'number' ? state.value : undefined
}

const modelKind = (model: Model | undefined): 'dense' | 'moe' | undefined =>
  model?.experts === undefined ? undefined : model.experts > 0 ? 'moe' : 'dense'
