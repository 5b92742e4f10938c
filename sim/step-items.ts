/** The device work of one step, in launch order, before anything about time: what is launched, on which stream, how long it takes alone. */
import { type KernelRole, kernelNames } from './kernel-names.ts'
import type { Scenario, StepPhase } from './scenario.ts'
import type { StepItem } from './step-item.ts'

type Weighted = readonly [KernelRole, number]

const decodeLayer: readonly Weighted[] = [
  ['norm', 1],
  ['qkv', 4],
  ['splitK', 1],
  ['rope', 1],
  ['kvWrite', 1],
  ['attention', 6],
  ['attentionReduce', 1],
  ['output', 3],
]
const expertLayer: readonly Weighted[] = [
  ['norm', 1],
  ['routing', 1],
  ['quantise', 1],
  ['expertUp', 7],
  ['expertDown', 5],
  ['finalize', 1],
]
const prefillLayer: readonly Weighted[] = [
  ['norm', 2],
  ['prefillGemm', 12],
  ['rope', 1],
  ['kvWrite', 1],
  ['prefillAttention', 14],
  ['prefillGemm', 8],
]
const prefillMlp: readonly Weighted[] = [
  ['norm', 2],
  ['prefillGemm', 16],
  ['prefillActivation', 3],
  ['prefillGemm', 10],
]

/** How much more device work than a decode step: a prompt of a few hundred tokens against a small batch. */
const workFactor: Readonly<Record<StepPhase, number>> = { decode: 1, prefill: 6, mixed: 3 }

class ItemList {
  readonly items: StepItem[] = []

  push(item: Partial<StepItem> & Pick<StepItem, 'class' | 'name' | 'durationNs'>): number {
    this.items.push({ stream: 'main', waitFor: -1, graph: -1, bytes: 0, copyKind: 0, ...item })
    return this.items.length - 1
  }
}

/** Median durations of kernels whose weights stand beside them, so that the step's compute sums to `computeNs`. */
function weightOfStep(scenario: Scenario, phase: StepPhase): number {
  const sum = (list: readonly Weighted[]): number => list.reduce((total, [, weight]) => total + weight, 0)
  const layer = phase === 'decode' ? sum(decodeLayer) + sum(expertLayer) : sum(prefillLayer) + sum(prefillMlp)
  return layer * scenario.layers
}

/** Copies and small kernels before the model: about 12 us. Copies are short, as batch metadata is. */
function pushPrelude(list: ItemList, scenario: Scenario): void {
  list.push({ class: 'memcpy', name: 'Memcpy HtoD', durationNs: 1_100, bytes: scenario.requests * 8 + 64, copyKind: 1 })
  list.push({ class: 'memcpy', name: 'Memcpy HtoD', durationNs: 1_300, bytes: scenario.requests * 64 + 256, copyKind: 1 })
  list.push({ class: 'compute', name: kernelNames.slotMapping, durationNs: 2_000 })
  if (scenario.tokensPerRequest > 1) list.push({ class: 'compute', name: kernelNames.draftInputs, durationNs: 2_200 })
}

function pushPostlude(list: ItemList, scenario: Scenario): void {
  list.push({ class: 'compute', name: kernelNames.head, durationNs: 18_000 })
  list.push({ class: 'compute', name: kernelNames.softmax, durationNs: 4_000 })
  list.push({ class: 'compute', name: kernelNames.sample, durationNs: 3_000 })
  if (scenario.tokensPerRequest > 1) list.push({ class: 'compute', name: kernelNames.rejection, durationNs: 2_500 })
  list.push({
    class: 'memcpy',
    name: 'Memcpy DtoH',
    durationNs: 1_400,
    bytes: scenario.requests * scenario.tokensPerRequest * 8,
    copyKind: 2,
  })
}

const collectiveNames: Readonly<Record<Scenario['collectives'], readonly [KernelRole, KernelRole]>> = {
  custom: ['customAllReduce', 'customAllReduce'],
  'nccl-allreduce': ['ncclAllReduce', 'ncclAllReduce'],
  'nccl-gather-scatter': ['ncclAllGather', 'ncclReduceScatter'],
}

/** Items of one step. The same scenario and phase always give the same list: what varies is time. */
export function stepItems(scenario: Scenario, phase: StepPhase): readonly StepItem[] {
  const given = scenario.items?.[phase]
  if (given !== undefined) return given
  const list = new ItemList()
  const factor = workFactor[phase]
  const inGraph = phase === 'decode' && scenario.graphs !== 'none'
  const unit = scenario.computeNs / weightOfStep(scenario, phase)
  const halves = scenario.layers * 2
  pushPrelude(list, scenario)
  let pending = -1
  for (let half = 0; half < halves; half++) {
    const graph = inGraph ? Math.floor((half * scenario.graphsPerStep) / halves) : -1
    pending = pushHalfLayer(list, scenario, { phase, half, graph, kernelUnitNs: unit * factor, factor, pending })
  }
  if (pending >= 0) list.push({ class: 'compute', name: kernelNames.norm, durationNs: 2_000, waitFor: pending })
  pushPostlude(list, scenario)
  return list.items
}

interface HalfLayer {
  readonly phase: StepPhase
  readonly half: number
  readonly graph: number
  readonly kernelUnitNs: number
  readonly factor: number
  /** Item on another stream that the next main item but one must wait for, -1 = none. */
  readonly pending: number
}

function layerKernels(phase: StepPhase, half: number): readonly Weighted[] {
  if (phase === 'decode') return half % 2 === 0 ? decodeLayer : expertLayer
  return half % 2 === 0 ? prefillLayer : prefillMlp
}

/** Attention or experts of one layer with what surrounds them; returns the item on another stream still to be waited for. */
function pushHalfLayer(list: ItemList, scenario: Scenario, half: HalfLayer): number {
  const { graph, factor } = half
  const halves = scenario.layers * 2
  const kernels = scenario.computeNs > 0 ? layerKernels(half.phase, half.half) : []
  let last = -1
  kernels.forEach(([role, weight], index) => {
    const waitFor = index === kernels.length - 1 ? half.pending : -1
    last = list.push({ class: 'compute', name: kernelNames[role], durationNs: weight * half.kernelUnitNs, waitFor, graph })
  })
  if (scenario.memsetNs > 0) {
    list.push({ class: 'memset', name: 'Memset', durationNs: (scenario.memsetNs / halves) * factor, bytes: 1_048_576, graph })
  }
  if (scenario.copyNs > 0) {
    const copyKind = half.half % 2 === 0 ? 1 : 2
    const stream = scenario.copiesHidden ? 'copy' : 'main'
    const waitFor = scenario.copiesHidden ? last : -1
    const name = copyKind === 1 ? 'Memcpy HtoD' : 'Memcpy DtoH'
    const durationNs = scenario.copyNs / halves
    const copy = list.push({ class: 'memcpy', name, durationNs, bytes: Math.round(durationNs * 48), copyKind, stream, waitFor, graph })
    if (scenario.copiesHidden) return copy
  }
  if (scenario.communicationNs === 0) return -1
  // The first of every ten collectives up to the hidden share runs beside the next half layer; the rest is on the main stream.
  const hidden = (half.half % 10) / 10 < scenario.communicationHidden && last >= 0
  const name = kernelNames[collectiveNames[scenario.collectives][half.half % 2 === 0 ? 0 : 1]]
  const durationNs = (scenario.communicationNs / halves) * factor
  const stream = hidden ? 'communication' : 'main'
  const collective = list.push({ class: 'communication', name, durationNs, bytes: 229_376, stream, waitFor: hidden ? last : -1, graph })
  return hidden ? collective : -1
}
