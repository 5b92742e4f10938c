/** The device work of a step of a mechanism, in launch order. */
import { type KernelRole, kernelNames } from '#sim/kernel-names.ts'
import type { StepPhase } from '#sim/scenario.ts'
import type { StepItem } from '#sim/step-item.ts'
import type { Mechanism, Slot } from './mechanism.ts'

type Items = StepItem[]

function push(items: Items, item: Partial<StepItem> & Pick<StepItem, 'class' | 'name' | 'durationNs'>): void {
  items.push({ stream: 'main', waitFor: -1, graph: -1, bytes: 0, copyKind: 0, ...item })
}

const compute = (kernel: KernelRole, durationNs: number, graph: number): Pick<StepItem, 'class' | 'name' | 'durationNs' | 'graph'> => ({
  class: 'compute',
  name: kernelNames[kernel],
  durationNs,
  graph,
})

/** Weights of a group's kernels over a whole step. */
export function groupWeight({ slots, layers }: Pick<Mechanism, 'slots' | 'layers'>, group: string): number {
  return layers * slots.reduce((sum, slot) => sum + (slot.kind === 'kernel' && slot.group === group ? slot.weight : 0), 0)
}

/** Nanoseconds of copies to bytes: what a PCIe link of generation 5 moves in practice, one way. */
const COPY_BYTES_PER_NS = 48
/** Of a step, where blocks are copied: half each way. */
const COPIES = 8
/** Small work around the layers: copies of batch metadata, slots, then the sampler. */
const PRELUDE = { copyNs: 1_200, slotsNs: 2_000 }
const POSTLUDE: readonly (readonly [KernelRole, number])[] = [
  ['argmax', 4_000],
  ['sample', 3_000],
]

function pushSlot(items: Items, mechanism: Mechanism, slot: Slot, graph: number): void {
  const { layers, slots, communicationNs, groups } = mechanism
  if (slot.kind === 'kernel') {
    const work = groups[slot.group]
    // A fused kernel took over its work: the launch is gone.
    if (work === undefined || work.ns <= 0) return
    push(items, compute(slot.kernel, (work.ns * slot.weight) / groupWeight(mechanism, slot.group), graph))
    return
  }
  if (communicationNs <= 0) return
  const durationNs = communicationNs / (layers * slots.filter(({ kind }) => kind === 'collective').length)
  push(items, { class: 'communication', name: kernelNames[mechanism.collective], durationNs, bytes: 229_376, graph })
}

/** KV blocks to and from the host, on the model's stream before its layers: a step cannot attend to what is not there. */
function pushCopies(items: Items, { copyNs, pageable }: Mechanism): void {
  if (copyNs <= 0) return
  for (let copy = 0; copy < COPIES; copy += 1) {
    const durationNs = copyNs / COPIES
    const copyKind = copy % 2 === 0 ? 1 : 2
    const name = copyKind === 1 ? 'Memcpy HtoD' : 'Memcpy DtoH'
    const bytes = Math.round(durationNs * COPY_BYTES_PER_NS)
    push(items, { class: 'memcpy', name, durationNs, bytes, copyKind, ...(pageable ? { pageable: true } : {}) })
  }
}

/** Drafting runs after the target's step, token by token, each too short for a graph of its own to matter. */
function pushDrafts(items: Items, { drafting }: Mechanism, graph: number): void {
  if (drafting === undefined) return
  push(items, compute('draftInputs', 2_200, graph))
  for (let token = 0; token < drafting.tokens; token += 1) {
    push(items, compute('draftGemm', drafting.nsPerToken * 0.6, graph))
    push(items, compute('draftGemm', drafting.nsPerToken * 0.3, graph))
    push(items, compute('argmax', drafting.nsPerToken * 0.1, graph))
  }
}

function pushChunk(items: Items, { mixed, layers }: Mechanism): void {
  if (mixed === undefined) return
  const each = mixed.chunkNs / layers
  for (let layer = 0; layer < layers; layer += 1) {
    push(items, compute('prefillGemm16', each * 0.6, -1))
    push(items, compute('prefillActivation', each * 0.08, -1))
    push(items, compute('prefillGemm16', each * 0.32, -1))
  }
}

function itemsOf(mechanism: Mechanism, phase: StepPhase): Items {
  const items: Items = []
  const graph = phase === 'decode' && mechanism.graphs === 'node' ? 0 : -1
  push(items, { class: 'memcpy', name: 'Memcpy HtoD', durationNs: PRELUDE.copyNs, bytes: 256, copyKind: 1 })
  push(items, compute('slotMapping', PRELUDE.slotsNs, -1))
  if (phase !== 'decode') pushChunk(items, mechanism)
  if (phase !== 'prefill') {
    pushCopies(items, mechanism)
    for (let layer = 0; layer < mechanism.layers; layer += 1) {
      for (const slot of mechanism.slots) pushSlot(items, mechanism, slot, graph)
    }
  }
  for (const [kernel, ns] of POSTLUDE) push(items, compute(kernel, ns, -1))
  if (mechanism.drafting !== undefined) push(items, compute('rejection', 2_500, -1))
  push(items, { class: 'memcpy', name: 'Memcpy DtoH', durationNs: 1_400, bytes: 512, copyKind: 2 })
  if (phase === 'decode') pushDrafts(items, mechanism, mechanism.graphs === 'node' ? 1 : -1)
  return items
}

export function stepWork(mechanism: Mechanism): Readonly<Record<StepPhase, readonly StepItem[]>> {
  return { decode: itemsOf(mechanism, 'decode'), prefill: itemsOf(mechanism, 'prefill'), mixed: itemsOf(mechanism, 'mixed') }
}
