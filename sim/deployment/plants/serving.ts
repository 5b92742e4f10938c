/** What is wrong shows in serving: prompts that hold up decoding, a cache that is too small or asked in the wrong place, drafts for nothing. */
import type { Random } from '#base/random.ts'
import { drawBase, type Parts, within } from '#sim/deployment/base.ts'
import type { Deployment } from '#sim/deployment/deployment.ts'
import { type Drafting, deviceNs, type Mechanism, type MixedSteps, withGroups } from '#sim/deployment/mechanism.ts'
import { type Plant, withArguments, withMechanism } from './plant.ts'

/** No group of kernels has most, and all are at their roofs. */
const evenParts: Parts = { attention: 0.3, gemm: 0.3, norm: 0.06, other: 0.16 }

function withServing(deployment: Deployment, change: Partial<Deployment['serving']>): Deployment {
  const serving = { ...deployment.serving, ...change }
  const { inputTokens, outputTokens, concurrency } = serving
  const workload = { ...deployment.file.workload, inputTokens, outputTokens, concurrency }
  return { ...deployment, serving, file: { ...deployment.file, workload } }
}

/** A chunk of so many tokens: its time is linear in them, but for a part that weights cost however few there are. */
function chunkOf(tokens: number, wholeTokens: number, wholeNs: number, fixedRatio: number): Pick<MixedSteps, 'tokens' | 'chunkNs'> {
  return { tokens, chunkNs: wholeNs * (fixedRatio + (1 - fixedRatio) * (tokens / wholeTokens)) }
}

const SMALL_CHUNK = 2048

/** Answers so long that prompts come as often as the share of mixed steps says: every step decodes a token of each sequence. */
function answerTokens(deployment: Deployment, promptSteps: number, mixedRatio: number): number {
  return Math.round((deployment.batch * promptSteps) / mixedRatio)
}

function smallerChunks(deployment: Deployment, tokens: number, fixedRatio: number): Deployment {
  const { mixed } = deployment.mechanism
  if (mixed === undefined) throw new Error('a deployment without mixed steps')
  const chunk = chunkOf(tokens, mixed.tokens, mixed.chunkNs, fixedRatio)
  // As many prompt tokens as before come in more of the steps, of which there are as many: each decodes the same batch.
  const ratio = Math.min(0.95, (mixed.ratio * mixed.tokens) / tokens)
  return withMechanism(deployment, { mixed: { ...chunk, ratio } })
}

export const prefillChunk: Plant = {
  id: 'prefill-chunk',
  title: 'long prompts are computed in large chunks, and every sequence waits for them',
  class: 'prefill',
  lever: 'L39',
  beside: ['L41', 'L40'],
  never: ['L01', 'L02', 'L42', 'L44', 'L46'],
  metric: 'itl-p99',
  // What prompts' kernels do was not counted, and a short trace holds few of them: neither counters nor samples can be held against it.
  unfit: ['step-time', 'tensor-activity', 'sampled-share'],
  needs: ['nsys', 'bench', 'deployment'],
  plant(random, seed, name) {
    const budget = random.pick([8192, 16_384])
    const base = drawBase(random, seed, name, { parts: evenParts, deviceNs: [6_000_000, 10_000_000], tensorParallel: [1] })
    const chunkNs = deviceNs(base.mechanism) * within(random, [4, 8])
    const mixed = { tokens: budget, chunkNs, ratio: within(random, [0.05, 0.12]) }
    const marked = { ...base, recording: { ...base.recording, annotations: base.engine as 'vllm' | 'sglang' } }
    const deployment = withServing(withMechanism(marked, { mixed }), {
      inputTokens: budget,
      outputTokens: answerTokens(base, 1, mixed.ratio),
      prefillNsPerToken: chunkNs / budget,
    })
    return withArguments(deployment, { [base.engine === 'vllm' ? 'max-num-batched-tokens' : 'chunked-prefill-size']: budget })
  },
  apply: (deployment, random) => smallerChunks(deployment, SMALL_CHUNK, within(random, [0, 0.1])),
}

/** Prompts computed again: what share of the device's time they take follows from how many steps are mixed. */
export const cacheTooSmall: Plant = {
  id: 'cache-too-small',
  title: 'the KV cache is full: requests are preempted and their prompts computed again',
  class: 'kv-capacity',
  lever: 'L42',
  beside: ['L27', 'L43', 'L39', 'L48'],
  never: ['L01', 'L02', 'L44', 'L46'],
  metric: 'throughput',
  // What prompts' kernels do was not counted, and a short trace holds few of them: neither counters nor samples can be held against it.
  unfit: ['step-time', 'tensor-activity', 'sampled-share'],
  needs: ['nsys', 'bench', 'metrics', 'deployment'],
  plant(random, seed, name) {
    const engines = ['vllm'] as const
    const base = drawBase(random, seed, name, { parts: evenParts, deviceNs: [5_000_000, 9_000_000], tensorParallel: [1], engines })
    const tokens = random.pick([1024, 1536, 2048])
    const chunkNs = deviceNs(base.mechanism) * within(random, [1.5, 2.5])
    const steps = 55
    const recomputedRatio = within(random, [1, 2])
    const marked = { ...base, recording: { ...base.recording, steps, annotations: 'vllm' as const } }
    const ratio = within(random, [0.25, 0.35])
    const deployment = withMechanism(marked, { mixed: { tokens, chunkNs, ratio } })
    const outputTokens = answerTokens(base, 1 + recomputedRatio, ratio)
    const served = withServing(deployment, { inputTokens: tokens, outputTokens, prefillNsPerToken: chunkNs / tokens })
    return withArguments(preempting(served, recomputedRatio), { 'gpu-memory-utilization': 0.85, 'max-num-seqs': base.batch })
  },
  apply(deployment, random) {
    const ends = within(random, [0.85, 1])
    const { mixed } = deployment.mechanism
    if (mixed === undefined) throw new Error('a deployment without mixed steps')
    const { recomputedRatio } = deployment.serving
    const left = (1 + recomputedRatio * (1 - ends)) / (1 + recomputedRatio)
    // As many steps as before, each of which decodes the same batch; those with prompts are fewer.
    return preempting(withMechanism(deployment, { mixed: { ...mixed, ratio: mixed.ratio * left } }), recomputedRatio * (1 - ends))
  },
}

/** Requests whose prompts are computed `1 + recomputedRatio` times. */
function preempting(deployment: Deployment, recomputedRatio: number): Deployment {
  const { serving } = deployment
  const preemptions = Math.round(serving.finishedRequests * recomputedRatio)
  return { ...deployment, serving: { ...serving, recomputedRatio, preemptions, kvUsageRatio: recomputedRatio > 0.05 ? 0.985 : 0.93 } }
}

export const cacheRouting: Plant = {
  id: 'cache-routing',
  title: 'requests that share prefixes are spread over replicas by load alone',
  class: 'cache-routing',
  lever: 'L44',
  beside: ['L45', 'L40', 'L39'],
  never: ['L01', 'L02', 'L42', 'L46'],
  metric: 'ttft',
  unfit: ['step-time'],
  needs: ['nsys', 'bench', 'metrics', 'deployment'],
  plant(random, seed, name) {
    const base = drawBase(random, seed, name, {
      parts: evenParts,
      deviceNs: [4_000_000, 8_000_000],
      tensorParallel: [1],
      engines: ['vllm'],
    })
    const engines = random.pick([4, 8])
    const reuseRatio = within(random, [0.7, 0.85])
    const served = withServing(base, {
      engines,
      concurrency: base.batch * engines,
      inputTokens: random.pick([4096, 8192]),
      hitRatio: reuseRatio * within(random, [0.15, 0.35]),
      queueNs: within(random, [2_000_000, 10_000_000]),
    })
    const workload = { ...served.file.workload, reuseRatio }
    return withArguments({ ...served, file: { ...served.file, workload } }, { 'data-parallel-size': engines })
  },
  apply(deployment, random) {
    const reuseRatio = deployment.file.workload?.reuseRatio
    if (reuseRatio === undefined) throw new Error('a workload without a reuse ratio')
    return withServing(deployment, { hitRatio: reuseRatio * within(random, [0.8, 0.95]) })
  },
}

/** The mechanism with another depth: fewer tokens to draft and to verify. */
export function atDepth(mechanism: Mechanism, tokens: number): Mechanism {
  const { drafting, groups } = mechanism
  if (drafting === undefined) return mechanism
  const targetNs = Object.values(groups).reduce((sum, { ns }) => sum + ns, 0)
  const kept = (targetNs - (drafting.tokens - tokens) * drafting.verifyNsPerToken) / targetNs
  return { ...withGroups(mechanism, (work) => ({ ...work, ns: work.ns * kept })), drafting: { ...drafting, tokens } }
}

/** Time per token at each depth, without the host. */
export function timePerToken(mechanism: Mechanism, drafting: Drafting, tokens: number): number {
  const step = deviceNs(atDepth(mechanism, tokens)) + tokens * drafting.nsPerToken
  return step / (1 + drafting.acceptedAt.slice(0, tokens).reduce((sum, chance) => sum + chance, 0))
}

function bestDepth(mechanism: Mechanism): number {
  const { drafting } = mechanism
  if (drafting === undefined) return 0
  const depths = Array.from({ length: drafting.tokens }, (_, index) => index + 1)
  const time = (tokens: number): number => timePerToken(mechanism, drafting, tokens)
  return depths.reduce((best, tokens) => (time(tokens) < time(best) ? tokens : best), drafting.tokens)
}

function acceptance(random: Random, tokens: number): number[] {
  const first = within(random, [0.65, 0.78])
  const falling = within(random, [0.38, 0.5])
  return Array.from({ length: tokens }, (_, index) => first * falling ** index)
}

export const draftTooDeep: Plant = {
  id: 'draft-too-deep',
  title: 'more tokens are drafted than are accepted',
  class: 'speculation',
  lever: 'L46',
  beside: ['L47'],
  never: ['L01', 'L02', 'L42', 'L44'],
  metric: 'tpot',
  needs: ['nsys', 'ncu', 'bench', 'metrics', 'deployment'],
  plant(random, seed, name) {
    const base = drawBase(random, seed, name, {
      parts: evenParts,
      deviceNs: [2_500_000, 4_500_000],
      tensorParallel: [1],
      engines: ['vllm'],
      batch: [1, 2, 4],
    })
    const tokens = random.pick([5, 6, 7])
    const target = deviceNs(base.mechanism)
    const nsPerToken = target * within(random, [0.12, 0.18])
    // Reading weights hides most of a token more; what it costs is its own arithmetic, below the ridge a few hundredths of a step.
    const verifyNsPerToken = (0.5 * target * base.batch) / 300
    const drafting: Drafting = { tokens, nsPerToken, verifyNsPerToken, acceptedAt: acceptance(random, tokens) }
    const marked = { ...base, recording: { ...base.recording, annotations: 'vllm' as const } }
    const model = { ...marked.file.model, draftLayers: 1 }
    const deployment = withMechanism({ ...marked, file: { ...marked.file, model } }, { drafting })
    return withArguments(deployment, {
      'speculative-config.method': 'mtp',
      'speculative-config.num_speculative_tokens': tokens,
    })
  },
  apply: (deployment) => ({ ...deployment, mechanism: atDepth(deployment.mechanism, bestDepth(deployment.mechanism)) }),
  unfit: ['step-time'],
  turned: {
    argument: 'num_speculative_tokens',
    settings(deployment) {
      const depth = deployment.mechanism.drafting?.tokens ?? 0
      return Array.from({ length: Math.max(0, depth - 1) }, (_, index) => index + 1).map((tokens) => ({
        setting: String(tokens),
        deployment: { ...deployment, mechanism: atDepth(deployment.mechanism, tokens) },
      }))
    },
  },
}
