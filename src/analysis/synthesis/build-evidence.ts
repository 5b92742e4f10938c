/** The joined evidence of a bundle: each part from the documents that can say it, absent where none can. */

import { jsonPointer } from '#base/json-pointer.ts'
import type { SourceKind } from '#formats/synthesis.ts'
import type { CitationBook } from './cite.ts'
import type { Deployment } from './deployment.ts'
import type { Evidence, HostEvidence } from './evidence.ts'
import { deviceEvidence } from './parts/device.ts'
import { familyEvidence } from './parts/families.ts'
import { frameEvidence } from './parts/frames.ts'
import { hostEvidence } from './parts/host.ts'
import { rankEvidence } from './parts/ranks.ts'
import { servingEvidence } from './parts/serving.ts'
import { type BudgetDocument, slowestDevice, stepEvidence } from './parts/step.ts'
import type { Readings } from './readings.ts'
import type { ServingCell } from './serving-cell.ts'

export interface EvidenceInput {
  readonly readings: Readings
  readonly deployment: Deployment
  readonly cell?: ServingCell
  readonly kinds: ReadonlySet<SourceKind>
}

/** Everything but what follows from it: classes and disputed topics. */
export function buildEvidence(
  { readings, deployment, cell, kinds }: EvidenceInput,
  book: CitationBook,
): Omit<Evidence, 'classes' | 'disputed' | 'corroborated'> {
  const { budget, metrics, dcgm, samples } = readings
  const step =
    budget === undefined
      ? undefined
      : stepEvidence(
          budget,
          readings.timed.map(({ name }) => name),
          book,
        )
  const host = budget === undefined ? undefined : hostOf(readings, budget, book)
  const ranks = budget === undefined ? undefined : rankEvidence(budget, book)
  const serving = servingEvidence(cell, metrics, book)
  const device = dcgm === undefined ? undefined : deviceEvidence(dcgm, book)
  return {
    deployment,
    kinds,
    families: budget === undefined ? [] : familiesOf(readings, budget, book),
    frames: samples === undefined ? [] : frameEvidence(samples, book),
    ...(step === undefined ? {} : { step }),
    ...(host === undefined ? {} : { host }),
    ...(ranks === undefined ? {} : { ranks }),
    ...(serving === undefined ? {} : { serving }),
    ...(device === undefined ? {} : { device }),
  }
}

/** The capture that the slowest device is in. `timed` are the captures of the budget, in its order. */
function slowestCapture({ timed }: Readings, budget: BudgetDocument) {
  const index = slowestDevice(budget)
  const device = index === undefined ? undefined : budget.output.devices[index]
  return index === undefined || device === undefined ? undefined : { index, device, reading: timed[device.capture] }
}

function familiesOf(readings: Readings, budget: BudgetDocument, book: CitationBook) {
  const { samples, roofline, counters } = readings
  const kernels = slowestCapture(readings, budget)?.reading?.kernels
  return familyEvidence(
    {
      budget,
      counters,
      ...(kernels === undefined ? {} : { kernels }),
      ...(samples === undefined ? {} : { samples }),
      ...(roofline === undefined ? {} : { roofline }),
    },
    book,
  )
}

function hostOf(readings: Readings, budget: BudgetDocument, book: CitationBook): HostEvidence | undefined {
  const slowest = slowestCapture(readings, budget)
  const timeline = slowest?.reading?.timeline
  if (slowest === undefined || timeline === undefined) return undefined
  const { index, device } = slowest
  const devices = budget.output.devices.filter((each) => each.capture === device.capture && each.state === 'measured').length
  const steps = book.cite(budget, jsonPointer('devices', index, 'steps', 'count'))
  return hostEvidence(timeline, { steps, devices, ordinal: device.device }, book)
}
