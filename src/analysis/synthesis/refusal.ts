/** Why a bundle gives no picture, and the captures that would give one, each with its command. */
import { requiredKinds, type SourceKind, type Synthesis } from '#formats/synthesis.ts'

export type Refusal = NonNullable<Synthesis['refusal']>

/** As facts/methodology.md and the capture gates ask for them; `FILE`, `URL` and names in capitals are for the reader to fill in. */
const captures: Readonly<Partial<Record<SourceKind, { readonly why: string; readonly command: string }>>> = {
  nsys: {
    why: 'the timeline: steps, what the host does between them, and which kernels take the time',
    command:
      'nsys profile --trace=cuda,nvtx,osrt --cuda-graph-trace=node --capture-range=cudaProfilerApi --capture-range-end=stop -o decode -- SERVE_COMMAND; nsys export --type sqlite decode.nsys-rep',
  },
  ncu: {
    why: 'counters of the hottest kernels: how far each is from its roof',
    command: 'ncu --set full --cache-control none --launch-count 5 -k regex:KERNEL -o kernels SERVE_COMMAND',
  },
  zymtrace: {
    why: 'samples of a long window: which kernels and which host frames are hot',
    command: 'query topfunctions of the pod and the window, and keep the five TSV files with capture_sources.json',
  },
  dcgm: {
    why: 'the GPUs’ own counters over the benchmark’s window: bytes, tensor activity, clocks, throttling',
    command: 'sextant dcgm freeze --url PROMETHEUS_URL --bench RESULT --out dcgm-frozen.yaml',
  },
}

/** Every required kind that is not valid, the cheapest first. */
const cheapest: readonly SourceKind[] = ['dcgm', 'nsys', 'ncu', 'zymtrace']

function missing(valid: ReadonlySet<SourceKind>): Refusal['capture'] {
  return cheapest.flatMap((kind) => {
    const capture = captures[kind]
    return valid.has(kind) || capture === undefined ? [] : [{ kind, ...capture }]
  })
}

/** Undefined where two kinds or more are valid (facts/methodology.md, rule 3). */
export function refuseTooFew(valid: ReadonlySet<SourceKind>): Refusal | undefined {
  const held = requiredKinds.filter((kind) => valid.has(kind))
  if (held.length >= 2) return undefined
  const have = held.length === 0 ? 'none of them is valid here' : `only ${held.join('')} is valid here`
  return { reason: `a picture takes two of ${requiredKinds.join(', ')}, and ${have}`, capture: missing(valid) }
}

/** @param pairs why captures do not belong together, one sentence each. */
export function refuseUnrelated(pairs: readonly string[]): Refusal | undefined {
  if (pairs.length === 0) return undefined
  const kinds: readonly SourceKind[] = ['nsys', 'ncu']
  return {
    reason: `the captures do not show one workload: ${pairs.join('; ')}`,
    capture: kinds.flatMap((kind) => {
      const capture = captures[kind]
      return capture === undefined
        ? []
        : [{ kind, why: `of the same model, engine and load as the others: ${capture.why}`, command: capture.command }]
    }),
  }
}
