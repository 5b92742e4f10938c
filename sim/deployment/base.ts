/** Draws a deployment without a bottleneck of its own; a plant asks for what it needs and breaks one thing. */
import type { Random } from '#base/random.ts'
import type { DeploymentFile, EngineName } from '#formats/deployment.ts'
import { type GpuFacts, gpus } from '#sim/gpu-facts.ts'
import type { KernelRole } from '#sim/kernel-names.ts'
import { type CaptureName, captureNames, type Deployment } from './deployment.ts'
import { type Backends, layerSlots } from './layer.ts'
import type { GroupName, GroupWork, Mechanism } from './mechanism.ts'
import type { Serving } from './serving.ts'

/** Parts of a step's device time; they need not sum to one, they are scaled. */
export type Parts = Readonly<Partial<Record<Exclude<GroupName, 'draft'> | 'communication' | 'copy', number>>>

export interface Wants {
  readonly parts: Parts
  /** Device time of a step. */
  readonly deviceNs: readonly [number, number]
  readonly engines?: readonly EngineName[]
  readonly architectures?: readonly Backends['architecture'][]
  readonly experts?: boolean
  readonly attention?: Backends['attention']
  readonly gemm?: Backends['gemm']
  readonly cacheType?: 'auto' | 'fp8'
  readonly tensorParallel?: readonly number[]
  readonly collective?: KernelRole
  readonly batch?: readonly number[]
  readonly ranks?: readonly [number, number]
  /** Host time between steps over device time. */
  readonly hostRatio?: readonly [number, number]
  readonly asynchronous?: boolean
  readonly arguments?: DeploymentFile['arguments']
  readonly resolved?: NonNullable<DeploymentFile['resolved']>
}

export function within(random: Random, [low, high]: readonly [number, number]): number {
  return low + (high - low) * random.uniform()
}

/** vLLM and SGLang as they were released when the facts were read. */
const versions: Readonly<Record<'vllm' | 'sglang', readonly string[]>> = {
  vllm: ['0.24.0', '0.25.1', '0.26.0', '0.27.1'],
  sglang: ['0.5.16', '0.5.17', '0.5.18'],
}

const keys: Readonly<Record<string, string>> = {
  'NVIDIA B200': 'b200_hgx',
  'NVIDIA H100 80GB HBM3': 'h100_sxm5',
  'NVIDIA H200': 'h200_sxm',
}

/** At its roof: what well-tuned kernels that stream weights or KV blocks reach of the memory's peak. */
function atRoof(random: Random, group: GroupName, type: GroupWork['type']): Omit<GroupWork, 'ns'> {
  const dramRatio = group === 'norm' || group === 'other' ? within(random, [0.25, 0.45]) : within(random, [0.78, 0.88])
  const isMatrix = group === 'gemm' || group === 'moe' || group === 'attention'
  return {
    dramRatio,
    flopRatio: isMatrix ? within(random, [0.04, 0.12]) : 0.002,
    type: isMatrix ? type : 'none',
    tensorPipeRatio: isMatrix ? within(random, [0.06, 0.15]) : 0,
    smBusyRatio: within(random, [0.4, 0.6]),
    occupancyRatio: within(random, [0.3, 0.6]),
    topStall: 'long_scoreboard',
  }
}

interface Chosen {
  readonly engine: 'vllm' | 'sglang'
  readonly gpu: GpuFacts
  readonly backends: Backends
  readonly tensorParallel: number
  readonly batch: number
}

function choose(random: Random, wants: Wants): Chosen {
  const engine = random.pick(wants.engines ?? ['vllm', 'vllm', 'sglang']) === 'sglang' ? 'sglang' : 'vllm'
  const architecture = random.pick<Backends['architecture']>(wants.architectures ?? ['hopper', 'blackwell'])
  const gpu = random.pick(gpus.filter(({ major }) => (major === 9) === (architecture === 'hopper')))
  const tensorParallel = random.pick(wants.tensorParallel ?? [1, 1, 2])
  const experts = wants.experts === true ? (architecture === 'hopper' ? 'triton' : 'trtllm-gen') : 'none'
  const collectives = tensorParallel > 1
  const cache16 = wants.cacheType === 'auto'
  const backends: Backends = {
    architecture,
    attention: wants.attention ?? 'native',
    cache16,
    gemm: wants.gemm ?? 'fp8',
    experts,
    collectives,
  }
  return { engine, gpu, backends, tensorParallel, batch: random.pick(wants.batch ?? [8, 16, 24, 32]) }
}

function mechanismOf(random: Random, wants: Wants, { backends, tensorParallel }: Chosen): Mechanism {
  const parts = tensorParallel > 1 && wants.parts.communication === undefined ? { ...wants.parts, communication: 0.06 } : wants.parts
  const sum = Object.values(parts).reduce((total, part) => total + part, 0)
  const wholeNs = within(random, wants.deviceNs)
  const ns = (part: keyof Parts): number => ((parts[part] ?? 0) / sum) * wholeNs
  const type = backends.gemm === 'bf16' ? 'bf16' : 'fp8'
  const groups: Partial<Record<GroupName, GroupWork>> = {}
  for (const group of ['attention', 'gemm', 'moe', 'norm', 'other'] as const) {
    const own = group === 'attention' && (wants.cacheType ?? 'fp8') === 'auto' ? 'bf16' : type
    if (ns(group) > 0) groups[group] = { ns: ns(group), ...atRoof(random, group, own) }
  }
  return {
    layers: random.integer(7, 9),
    slots: layerSlots(backends),
    groups,
    collective: wants.collective ?? 'fusedAllReduce',
    communicationNs: ns('communication'),
    copyNs: ns('copy'),
    pageable: false,
    hostNs: wholeNs * within(random, wants.hostRatio ?? [0.3, 0.6]),
    asynchronous: wants.asynchronous ?? true,
    graphs: 'node',
    launchNs: within(random, [3_500, 5_000]),
    graphLaunchNs: within(random, [12_000, 24_000]),
    graphNodeGapNs: within(random, [300, 700]),
    hostJitter: within(random, [0.02, 0.06]),
    kernelJitter: within(random, [0.01, 0.03]),
  }
}

/** Of a model with as many layers as the capture shows, so that the sources agree. */
function modelOf(random: Random, { backends }: Chosen, layers: number): NonNullable<DeploymentFile['model']> {
  const weightType = backends.gemm === 'bf16' ? 'bf16' : 'fp8'
  const common = { layers, weightType, vocabularySize: 151_936, draftLayers: 0 }
  if (backends.experts !== 'none') {
    const moe = { architecture: 'Qwen3MoeForCausalLM', hiddenSize: 4096, attentionHeads: 64, kvHeads: 4, experts: 128, activeExperts: 8 }
    return { name: 'example/moe-30b', ...moe, ...common }
  }
  const large = random.uniform() < 0.5
  const size = large ? { hiddenSize: 8192, attentionHeads: 64 } : { hiddenSize: 4096, attentionHeads: 32 }
  return {
    name: large ? 'example/dense-70b' : 'example/dense-8b',
    architecture: 'LlamaForCausalLM',
    ...size,
    kvHeads: 8,
    experts: 0,
    ...common,
  }
}

function argumentsOf(wants: Wants, { engine, backends, tensorParallel }: Chosen): DeploymentFile['arguments'] {
  const parallel = engine === 'vllm' ? { 'tensor-parallel-size': tensorParallel } : { 'tp-size': tensorParallel }
  const weights = backends.gemm === 'bf16' ? {} : { quantization: 'fp8' }
  const cache = (wants.cacheType ?? 'fp8') === 'fp8' ? { 'kv-cache-dtype': engine === 'vllm' ? 'fp8' : 'fp8_e4m3' } : {}
  return { ...parallel, ...weights, ...cache, ...wants.arguments }
}

function resolvedOf(wants: Wants, { engine, backends }: Chosen): NonNullable<DeploymentFile['resolved']> {
  const native = backends.architecture === 'hopper' ? 'FLASH_ATTN' : 'FLASHINFER'
  const triton = engine === 'vllm' ? 'TRITON_ATTN' : 'triton'
  const own = engine === 'vllm' ? native : backends.architecture === 'hopper' ? 'fa3' : 'trtllm_mha'
  const moe = backends.experts === 'none' ? {} : { moe_backend: backends.experts === 'triton' ? 'TRITON' : 'FLASHINFER_TRTLLM' }
  return {
    attention_backend: backends.attention === 'triton' ? triton : own,
    async_scheduling: wants.asynchronous ?? true,
    cudagraph_mode: 'FULL_AND_PIECEWISE',
    ...moe,
    ...wants.resolved,
  }
}

function servingOf(random: Random, batch: number, mechanism: Mechanism): Serving {
  const device = Object.values(mechanism.groups).reduce((sum, { ns }) => sum + ns, 0)
  return {
    concurrency: batch,
    inputTokens: random.pick([512, 1024, 2048]),
    outputTokens: random.pick([256, 512]),
    hitRatio: 0,
    // A prompt of 1,024 tokens costs a few decode steps.
    prefillNsPerToken: (device * within(random, [1.5, 3])) / 1024,
    queueNs: 0,
    finishedRequests: random.integer(300, 900),
    recomputedRatio: 0,
    preemptions: 0,
    kvUsageRatio: within(random, [0.2, 0.6]),
    engines: 1,
  }
}

/** All captures; a plant takes away what it can do without. */
const everything: ReadonlySet<CaptureName> = new Set(captureNames)

export function drawBase(random: Random, seed: number, name: string, wants: Wants): Deployment {
  const chosen = choose(random, wants)
  const { engine, gpu, tensorParallel, batch } = chosen
  const mechanism = mechanismOf(random, wants, chosen)
  const version = random.pick(versions[engine])
  const ranks = Math.min(tensorParallel, random.integer(...(wants.ranks ?? [1, 1])))
  const hardware = keys[gpu.name] ?? ''
  const serving = servingOf(random, batch, mechanism)
  const { inputTokens, outputTokens, concurrency } = serving
  const file: DeploymentFile = {
    schema: 'deployment/1',
    engine: { name: engine, version, delivery: 'config' },
    arguments: argumentsOf(wants, chosen),
    environment: {},
    resolved: resolvedOf(wants, chosen),
    model: modelOf(random, chosen, mechanism.layers),
    hardware: { key: hardware, gpu: gpu.name, gpus: tensorParallel, usdPerGpuHour: 2.5 },
    workload: { dataset: 'random', inputTokens, outputTokens, concurrency },
  }
  return {
    name,
    seed,
    engine,
    version,
    gpu,
    hardware,
    tensorParallel,
    batch,
    mechanism,
    recording: {
      steps: random.integer(40, 55),
      ranks,
      files: ranks > 1 ? random.pick(['per-rank', 'one'] as const) : 'one',
      annotations: random.pick([engine, engine, 'none'] as const),
      droppedShare: 0,
    },
    serving,
    file,
    captures: everything,
    disagreements: [],
    clockRatio: within(random, [0.96, 0.995]),
    uncounted: [],
  }
}
