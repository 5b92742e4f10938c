/** Hardware counters of a family: what the roofline carries over to the timeline, and the ratios of its counted kernels. */
import type { CitationBook, Document } from '#analysis/synthesis/cite.ts'
import type { Cited, CounterEvidence } from '#analysis/synthesis/evidence.ts'
import { jsonPointer } from '#base/json-pointer.ts'
import type { NcuKernel, NcuSummary } from '#formats/ncu-summary.ts'
import type { Roofline } from '#formats/roofline.ts'
import { canonicalKernelName } from '#model/kernel-identity/canonical-name.ts'

export type RooflineDocument = Document<Omit<Roofline, 'sources'>>
export type CountersDocument = Document<Omit<NcuSummary, 'sources'>>

export interface Counted {
  readonly roofline?: RooflineDocument
  readonly counters: readonly CountersDocument[]
  /** Time of each kernel on the timeline, by canonical name: the weight of its ratios. Kernels that it lacks weigh with their own time. */
  readonly times: ReadonlyMap<string, number>
}

interface CountedKernel {
  readonly document: CountersDocument
  readonly at: number
  readonly kernel: NcuKernel
  readonly weight: number
}

const ratioFields = {
  tensorPipeRatio: ['tensorPipeElapsedRatio', 'tensorPipeActiveRatio'],
  smBusyRatio: ['computeThroughputRatio'],
  occupancyRatio: ['achievedOccupancyRatio'],
} as const satisfies Record<string, readonly (keyof NcuKernel)[]>

/** Undefined where no kernel of the family was counted. */
export function counterEvidence(family: string, counted: Counted, book: CitationBook): CounterEvidence | undefined {
  const kernels = countedKernels(family, counted)
  const roofs = roofEvidence(family, counted.roofline, book)
  const [heaviest] = kernels
  if (heaviest === undefined) return undefined
  const own = Object.fromEntries(
    Object.entries(ratioFields).flatMap(([field, keys]) => {
      const value = weighted(kernels, keys, book)
      return value === undefined ? [] : [[field, value]]
    }),
  )
  const citation = roofs?.roofRatio?.citation ?? book.citeText(heaviest.document, jsonPointer('kernels', heaviest.at, 'headroom', 'state'))
  if (citation === undefined) return undefined
  const facts = launchFacts(heaviest, book)
  return { citation, coveredRatio: 0, headroom: 'undecidable', ...own, ...facts, ...roofs }
}

/** By falling weight. */
function countedKernels(family: string, { counters, times }: Counted): CountedKernel[] {
  const kernels = counters.flatMap((document) =>
    document.output.kernels.flatMap((kernel, at) => {
      if (kernel.family !== family) return []
      return [{ document, at, kernel, weight: times.get(canonicalKernelName(kernel.name)) ?? kernel.totalNs ?? 0 }]
    }),
  )
  return kernels.toSorted((a, b) => b.weight - a.weight || (a.kernel.name < b.kernel.name ? -1 : 1))
}

/** The first of `keys` that a kernel has, weighted by time over the kernels that have one. */
function weighted(kernels: readonly CountedKernel[], keys: readonly (keyof NcuKernel)[], book: CitationBook): Cited | undefined {
  const parts = kernels.flatMap(({ document, at, weight }) => {
    const values = keys.map((key) => book.cite(document, jsonPointer('kernels', at, key)))
    const value = values.find((each) => each !== undefined)
    return value === undefined || weight <= 0 ? [] : [{ value, weight }]
  })
  const [only] = parts
  if (parts.length === 1) return only?.value
  return book.derive(
    'weighted-mean',
    parts.flatMap(({ value, weight }) => [value, weight]),
  )
}

/** Waves and the largest stall of the launch of the heaviest kernel that says them. */
function launchFacts({ document, kernel }: CountedKernel, book: CitationBook): Pick<CounterEvidence, 'waves' | 'topStall'> {
  const { results } = document.output
  const named = (name: string | undefined) => name === kernel.name
  const at = results.findIndex(({ demangledName, functionName }) => named(demangledName) || named(functionName))
  const waves = at < 0 ? undefined : book.cite(document, jsonPointer('results', at, 'derived', 'wavesPerMultiprocessor'))
  const stall = results[at]?.derived.stalls?.[0]?.reason
  return { ...(waves === undefined ? {} : { waves }), ...(stall === undefined ? {} : { topStall: stall }) }
}

/** Ratios to the roof exist only where the work was counted and the ceilings are known. */
function roofEvidence(family: string, document: RooflineDocument | undefined, book: CitationBook): Partial<CounterEvidence> | undefined {
  const at = document?.output.families.findIndex((each) => each.family === family) ?? -1
  const row = document?.output.families[at]
  if (document === undefined || row === undefined || row.roofRatio === undefined) return undefined
  const cite = (key: string) => book.cite(document, jsonPointer('families', at, key))
  const [roofRatio, dramRatio, flopRatio] = [cite('roofRatio'), cite('memoryRatio'), cite('computeRatio')]
  const dataType = typeOf(family, document)
  return {
    coveredRatio: row.coveredRatio,
    headroom: 'decidable',
    ...(roofRatio === undefined ? {} : { roofRatio }),
    ...(dramRatio === undefined ? {} : { dramRatio }),
    ...(flopRatio === undefined ? {} : { flopRatio }),
    ...(row.bound === undefined ? {} : { bound: row.bound }),
    ...(dataType === undefined ? {} : { dataType }),
  }
}

/** The data type that most operations of the family’s counted kernels are of. */
function typeOf(family: string, { output }: RooflineDocument): string | undefined {
  const flops = new Map<string, number>()
  for (const point of output.points) {
    if (point.family === family) for (const each of point.types) flops.set(each.type, (flops.get(each.type) ?? 0) + each.flops)
  }
  return [...flops].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0]
}
