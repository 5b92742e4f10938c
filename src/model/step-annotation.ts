/**
 * What inference engines write into profiler ranges for each step: one grammar per producer, one shape out.
 * Grammars: vLLM v1/worker (`execute_context_…`), SGLang forward_batch spans, ATOM; as tested in https://github.com/AMD-AGI/TraceLens
 * (annotation tests). The same names stand in NVTX ranges (nsys) and in kineto's `user_annotation`.
 * Not parsed, because they are not serving steps: `ProfilerStep#n`, `nccl:…`, `## Call CompiledFxGraph …`, `execute_diffusion_…`.
 */

export type StepDialect = 'vllm' | 'vllm-pair' | 'vllm-detailed' | 'vllm-legacy' | 'sglang' | 'sglang-detailed' | 'atom' | 'capture'

/** `capture` is graph capture at start-up: never part of steady state. `other`: a step of a mode without prefill or decode work. */
export type AnnotatedPhase = 'prefill' | 'decode' | 'mixed' | 'capture' | 'other'

export interface StepAnnotation {
  readonly dialect: StepDialect
  readonly phase: AnnotatedPhase
  /** Absent where the grammar does not say. */
  readonly prefillRequests?: number
  readonly prefillTokens?: number
  readonly decodeRequests?: number
  /** Tokens computed for decode requests: above `decodeRequests` for speculative (MTP) steps. */
  readonly decodeTokens?: number
  /** Real sequences in the step. */
  readonly batchReal?: number
  /** Size of the captured graph that ran it, where it is padded. */
  readonly batchPadded?: number
  /** Draft tokens per sequence, where the grammar says. */
  readonly draftTokens?: number
  /**
   * Tokens computed per sequence in a decode step (decodeTokens / decodeRequests): 1 without speculation. An upper bound of
   * tokens emitted per step, because drafts can be rejected. Absent for other phases or where unknown.
   */
  readonly tokensPerSequence?: number
}

type Parser = (text: string) => StepAnnotation | undefined

/** First hit wins; the grammars do not overlap (a test checks that). */
const parsers: readonly Parser[] = [parseVllm, parseVllmDetailed, parseVllmLegacy, parseSglang, parseAtom, parseCapture]

/** Parses one range text; undefined when it names no serving step. */
export function parseStepAnnotation(text: string): StepAnnotation | undefined {
  // Cheap refusal first: traces hold millions of distinct operator texts.
  const first = text.charCodeAt(0)
  if (first !== 0x65 && first !== 0x73 && first !== 0x70 && first !== 0x64 && first !== 0x63) return undefined
  for (const parse of parsers) {
    const found = parse(text)
    if (found !== undefined) return found
  }
  return undefined
}

/** Shared by all grammars that count both sides. */
function phaseOf(prefill: number, decode: number): AnnotatedPhase {
  if (prefill > 0) return decode > 0 ? 'mixed' : 'prefill'
  return decode > 0 ? 'decode' : 'other'
}

interface Counts {
  readonly prefillRequests: number
  readonly prefillTokens?: number
  readonly decodeRequests: number
  readonly decodeTokens?: number
}

function stepOf(dialect: StepDialect, counts: Counts): StepAnnotation {
  const { prefillRequests, decodeRequests, decodeTokens } = counts
  const phase = phaseOf(prefillRequests, decodeRequests)
  const perSequence = phase === 'decode' && decodeTokens !== undefined ? decodeTokens / decodeRequests : undefined
  return {
    dialect,
    phase,
    ...counts,
    batchReal: prefillRequests + decodeRequests,
    ...(perSequence !== undefined && perSequence >= 1 ? { tokensPerSequence: perSequence } : {}),
  }
}

const vllmNative = /^execute_context_(\d+)\((\d+)\)_generation_(\d+)\((\d+)\)$/
const vllmPair = /^execute_context_(\d+)\((\d+)_(\d+)\)_generation_(\d+)\((\d+)(?:_(\d+))?\)$/

function parseVllm(text: string): StepAnnotation | undefined {
  const native = vllmNative.exec(text)
  if (native !== null) {
    const [, prefillRequests, prefillTokens, decodeRequests, decodeTokens] = native.map(Number)
    return stepOf('vllm', {
      prefillRequests: prefillRequests ?? 0,
      prefillTokens: prefillTokens ?? 0,
      decodeRequests: decodeRequests ?? 0,
      decodeTokens: decodeTokens ?? 0,
    })
  }
  // Sums over the requests of query tokens and of their squares: `(888_788544)` is one request of 888 tokens.
  const pair = vllmPair.exec(text)
  if (pair === null) return undefined
  return stepOf('vllm-pair', {
    prefillRequests: Number(pair[1]),
    prefillTokens: Number(pair[2]),
    decodeRequests: Number(pair[4]),
    decodeTokens: Number(pair[5]),
  })
}

const vllmDetailed = /^execute_(\d+)_context_(\d+)\(([^)]*)\)_generation_(\d+)\(([^)]*)\)$/

function parseVllmDetailed(text: string): StepAnnotation | undefined {
  const match = vllmDetailed.exec(text)
  if (match === null) return undefined
  const prefillTokens = queryTokens(match[3] ?? '')
  const decodeTokens = queryTokens(match[5] ?? '')
  return stepOf('vllm-detailed', {
    prefillRequests: Number(match[2]),
    decodeRequests: Number(match[4]),
    ...(prefillTokens === undefined ? {} : { prefillTokens }),
    ...(decodeTokens === undefined ? {} : { decodeTokens }),
  })
}

/** `sq32sk55086sqsq32sqsk55086` -> 32. */
function queryTokens(statistics: string): number | undefined {
  const match = /^sq(\d+)/.exec(statistics)
  return match === null ? undefined : Number(match[1])
}

const vllmLegacy = /^execute_context_(\d+)_generation_(\d+)$/

/** Token counts only: requests are unknown, except that a token is the least a request can have. */
function parseVllmLegacy(text: string): StepAnnotation | undefined {
  const match = vllmLegacy.exec(text)
  if (match === null) return undefined
  const prefillTokens = Number(match[1])
  const decodeTokens = Number(match[2])
  return { dialect: 'vllm-legacy', phase: phaseOf(prefillTokens, decodeTokens), prefillTokens, decodeTokens }
}

/** Fields that later versions add, whatever their form, do not hide the step. */
const sglangStep = /^step\[([A-Z_]+)((?:\s[^\n]*)?)\]$/
const sglangPhases: Readonly<Record<string, AnnotatedPhase>> = {
  EXTEND: 'prefill',
  PREFILL: 'prefill',
  SPLIT_PREFILL: 'prefill',
  DECODE: 'decode',
  TARGET_VERIFY: 'decode',
  DRAFT_EXTEND: 'decode',
  MIXED: 'mixed',
}

function parseSglang(text: string): StepAnnotation | undefined {
  const match = sglangStep.exec(text)
  if (match === null) return undefined
  const fields = integerFields(match[2] ?? '')
  const phase = sglangPhases[match[1] ?? ''] ?? 'other'
  const batch = fields.get('bs')
  const contextTokens = fields.get('c_sq')
  const generationTokens = fields.get('g_sq')
  const tokens = fields.get('toks')
  const prefillTokens = contextTokens ?? (phase === 'prefill' ? tokens : undefined)
  const prefillRequests = fields.get('c') ?? (phase === 'prefill' ? batch : undefined)
  const decodeRequests = fields.get('g') ?? (phase === 'decode' ? batch : undefined)
  const perSequence =
    phase === 'decode' && generationTokens !== undefined && decodeRequests !== undefined && decodeRequests > 0
      ? generationTokens / decodeRequests
      : undefined
  return {
    dialect: contextTokens !== undefined || generationTokens !== undefined ? 'sglang-detailed' : 'sglang',
    phase,
    ...(prefillRequests === undefined ? {} : { prefillRequests }),
    ...(prefillTokens === undefined ? {} : { prefillTokens }),
    ...(decodeRequests === undefined ? {} : { decodeRequests }),
    ...(generationTokens === undefined ? {} : { decodeTokens: generationTokens }),
    ...(batch === undefined ? {} : { batchReal: batch }),
    ...(perSequence !== undefined && perSequence >= 1 ? { tokensPerSequence: perSequence } : {}),
  }
}

const atomStep = /^(prefill|decode|mixed)\[([^\n]*)\]$/

/** ATOM: `bs=real/padded`, `tok` all tokens, `d` decode tokens, `p` prefill requests, `spec` draft tokens per sequence. */
function parseAtom(text: string): StepAnnotation | undefined {
  const match = atomStep.exec(text)
  if (match === null) return undefined
  const body = match[2] ?? ''
  const size = /(?:^|\s)bs=(\d+)(?:\/(\d+))?(?=\s|$)/.exec(body)
  if (size === null) return undefined
  const phase: AnnotatedPhase = match[1] === 'prefill' ? 'prefill' : match[1] === 'decode' ? 'decode' : 'mixed'
  const fields = integerFields(body)
  const batchReal = Number(size[1])
  const tokens = fields.get('tok')
  const draftTokens = fields.get('spec')
  const decodeTokens = phase === 'decode' ? tokens : undefined
  const perSequence = decodeTokens === undefined || batchReal === 0 ? undefined : decodeTokens / batchReal
  return {
    dialect: 'atom',
    phase,
    ...(phase === 'prefill' ? { prefillRequests: batchReal } : {}),
    ...(phase === 'prefill' && tokens !== undefined ? { prefillTokens: tokens } : {}),
    ...(phase === 'decode' ? { decodeRequests: batchReal } : {}),
    ...(decodeTokens === undefined ? {} : { decodeTokens }),
    batchReal,
    ...(size[2] === undefined ? {} : { batchPadded: Number(size[2]) }),
    ...(draftTokens === undefined ? {} : { draftTokens }),
    ...(perSequence !== undefined && perSequence >= 1 ? { tokensPerSequence: perSequence } : {}),
  }
}

/** `key=12` fields separated by white space. Lists such as `ctx=[7803, 6918]` are left out. */
function integerFields(body: string): ReadonlyMap<string, number> {
  const fields = new Map<string, number>()
  for (const match of body.matchAll(/(?:^|\s)([a-z_]+)=(-?\d+)(?=\s|$)/g)) fields.set(match[1] ?? '', Number(match[2]))
  return fields
}

const capture = /^capture_(\d+)_(decode|prefill|mixed_prefill)$/

function parseCapture(text: string): StepAnnotation | undefined {
  const match = capture.exec(text)
  return match === null ? undefined : { dialect: 'capture', phase: 'capture', batchPadded: Number(match[1]) }
}
