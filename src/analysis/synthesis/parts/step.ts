/** The decode step of the slowest measured device, from the decode budget. */
import type { CitationBook, Document } from '#analysis/synthesis/cite.ts'
import type { Cited, StepEvidence } from '#analysis/synthesis/evidence.ts'
import { jsonPointer } from '#base/json-pointer.ts'
import type { BudgetDevice, DecodeBudget } from '#formats/decode-budget.ts'

export type BudgetDocument = Document<Omit<DecodeBudget, 'sources'>>

/** Ranks of one job have one cadence but for noise: within this the first one is taken, so that the choice does not hang on noise. */
const EQUAL_CADENCE = 0.005

/** Index into the devices of the budget; undefined where none was measured. */
export function slowestDevice({ output: { devices } }: BudgetDocument): number | undefined {
  let slowest: number | undefined
  let most = 0
  for (const [index, { state, cadenceNs }] of devices.entries()) {
    const mean = cadenceNs?.meanNs ?? 0
    if (state !== 'measured' || mean <= 0 || mean <= most * (1 + EQUAL_CADENCE)) continue
    slowest = index
    most = mean
  }
  return slowest
}

/** @param names of the captures, in the order of the budget. Undefined where no device has a measured step. */
export function stepEvidence(document: BudgetDocument, names: readonly string[], book: CitationBook): StepEvidence | undefined {
  const index = slowestDevice(document)
  const device = index === undefined ? undefined : document.output.devices[index]
  if (index === undefined || device === undefined) return undefined
  const at = (...path: readonly (string | number)[]): Cited | undefined => book.cite(document, jsonPointer('devices', index, ...path))
  const [cadenceNs, hostShare, kernelShare] = [at('cadenceNs', 'meanNs'), at('shares', 'host'), at('shares', 'kernel')]
  const [communicationShare, copyShare] = [at('shares', 'communication'), at('shares', 'copy')]
  const [hostWithinNs, hostBetweenNs] = [at('parts', 'hostGapWithinNs', 'meanNs'), at('parts', 'hostGapBetweenNs', 'meanNs')]
  if (cadenceNs === undefined || hostShare === undefined || kernelShare === undefined) return undefined
  if (communicationShare === undefined || copyShare === undefined || hostWithinNs === undefined || hostBetweenNs === undefined)
    return undefined
  const busyRatio = at('busyRatio')
  const tokensPerStep = device.reconciliation?.tokensPerStepFrom === 'assumed' ? undefined : at('reconciliation', 'tokensPerStep')
  const batch = at('steps', 'batch', 'realMedian')
  return {
    citation: cadenceNs.citation,
    from: document.output.captures[device.capture]?.kind === 'kineto' ? 'kineto' : 'nsys',
    overhead: document.output.captures[device.capture]?.overhead ?? 'distorting',
    class: device.verdict?.class ?? 'unknown',
    cadenceNs,
    hostShare,
    hostWithinNs,
    hostBetweenNs,
    kernelShare,
    communicationShare,
    copyShare,
    ...(busyRatio === undefined ? {} : { busyRatio }),
    ...(tokensPerStep === undefined ? {} : { tokensPerStep }),
    ...(batch === undefined ? {} : { batch }),
    device: device.device,
    capture: names[device.capture] ?? '',
    ...mixedSteps(device, index, document, book),
  }
}

/** Steps that hold prompt tokens, over all complete steps, and the median cadence of the mixed ones. */
function mixedSteps(
  { steps }: BudgetDevice,
  index: number,
  document: BudgetDocument,
  book: CitationBook,
): Pick<StepEvidence, 'mixedStepRatio' | 'mixedCadenceNs'> {
  const phases = [...(steps?.phases ?? []).entries()]
  const at = (phase: number, key: string) => book.cite(document, jsonPointer('devices', index, 'steps', 'phases', phase, key))
  const held = phases.filter(([, { phase }]) => phase === 'mixed' || phase === 'prefill')
  if (held.length === 0) return {}
  const ratio = book.derive('ratio', [
    book.derive(
      'sum',
      held.map(([phase]) => at(phase, 'count')),
    ),
    book.derive(
      'sum',
      phases.map(([phase]) => at(phase, 'count')),
    ),
  ])
  const mixed = held.find(([, { phase }]) => phase === 'mixed') ?? held[0]
  const cadence = mixed === undefined ? undefined : at(mixed[0], 'medianCadenceNs')
  return { ...(ratio === undefined ? {} : { mixedStepRatio: ratio }), ...(cadence === undefined ? {} : { mixedCadenceNs: cadence }) }
}
