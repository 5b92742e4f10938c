/** Kernel families of the decode step with what samples and counters say of the same families. */
import type { CitationBook, Document } from '#analysis/synthesis/cite.ts'
import type { Cited, FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { jsonPointer } from '#base/json-pointer.ts'
import { type KernelRole, kernelRoles } from '#formats/kernel-families.ts'
import type { KernelSummary } from '#formats/kernel-summary.ts'
import { canonicalKernelName } from '#model/kernel-identity/canonical-name.ts'
import { type Counted, type CountersDocument, counterEvidence, type RooflineDocument } from './counted.ts'
import { type BudgetDocument, slowestDevice } from './step.ts'

export type KernelsDocument = Document<Omit<KernelSummary, 'sources'>>

export interface FamilySources {
  readonly budget: BudgetDocument
  /** Of the capture that the slowest device is in. */
  readonly kernels?: KernelsDocument
  readonly samples?: KernelsDocument
  readonly roofline?: RooflineDocument
  readonly counters: readonly CountersDocument[]
}

/** Kernels that are named for a family: enough for a page, and for the largest part of any family. */
const MOST_KERNELS = 20

/** By falling time per step; empty where no step was measured. */
export function familyEvidence(sources: FamilySources, book: CitationBook): FamilyEvidence[] {
  const { budget, samples } = sources
  const index = slowestDevice(budget)
  const device = index === undefined ? undefined : budget.output.devices[index]
  if (index === undefined || device?.families === undefined) return []
  const cadence = book.cite(budget, jsonPointer('devices', index, 'cadenceNs', 'meanNs'))
  const counted = countedOf(sources)
  return device.families.flatMap(({ family }, at) => {
    const nsPerStep = book.cite(budget, jsonPointer('devices', index, 'families', at, 'meanNs'))
    const stepShare = book.derive('ratio', [nsPerStep, cadence])
    if (nsPerStep === undefined || stepShare === undefined) return []
    const launches = launchesPerStep(family, nsPerStep, sources.kernels, book)
    const sampledShare = samples === undefined ? undefined : sampledShareOf(family, samples, book)
    const counters = counterEvidence(family, counted, book)
    return [
      {
        family,
        role: roleOf(family, sources),
        stepShare,
        nsPerStep,
        ...(launches === undefined ? {} : { launchesPerStep: launches }),
        kernels: kernelsOf(family, sources.kernels),
        ...(sampledShare === undefined ? {} : { sampledShare }),
        ...(counters === undefined ? {} : { counters }),
      },
    ]
  })
}

function countedOf({ kernels, roofline, counters }: FamilySources): Counted {
  const rows = kernels?.output.kernels ?? []
  const times = new Map(rows.flatMap(({ name, totalNs }) => (totalNs === undefined ? [] : [[canonicalKernelName(name), totalNs] as const])))
  return { ...(roofline === undefined ? {} : { roofline }), counters, times }
}

/** `other` where no rule knows the family. */
function roleOf(family: string, { kernels, samples }: FamilySources): KernelRole {
  const rows = [kernels, samples].flatMap((document) => document?.output.families ?? [])
  const role = rows.find((row) => row.family === family && row.role !== undefined)?.role
  return kernelRoles.find((each) => each === role) ?? 'other'
}

/** Time per step over the mean duration of a launch of the family in the whole capture. */
function launchesPerStep(family: string, nsPerStep: Cited, document: KernelsDocument | undefined, book: CitationBook): Cited | undefined {
  const at = document?.output.families.findIndex((each) => each.family === family) ?? -1
  if (document === undefined || at < 0) return undefined
  const of = (key: string) => book.cite(document, jsonPointer('families', at, key))
  return book.derive('ratio', [nsPerStep, book.derive('ratio', [of('totalNs'), of('count')])])
}

export function sampledShareOf(family: string, document: KernelsDocument, book: CitationBook): Cited | undefined {
  const at = document.output.families.findIndex((each) => each.family === family)
  return at < 0 ? undefined : book.cite(document, jsonPointer('families', at, 'shareRatio'))
}

function kernelsOf(family: string, document: KernelsDocument | undefined): FamilyEvidence['kernels'] {
  const rows = document?.output.kernels.filter((row) => row.family === family) ?? []
  const all = rows.reduce((sum, { totalNs = 0 }) => sum + totalNs, 0)
  return rows
    .toSorted((a, b) => (b.totalNs ?? 0) - (a.totalNs ?? 0) || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_KERNELS)
    .map(({ name, totalNs = 0, count }) => ({
      name,
      ofFamilyRatio: all === 0 ? 0 : totalNs / all,
      ...(count === undefined || count === 0 ? {} : { meanNs: totalNs / count }),
    }))
}
