/** The hottest kernels by name, each with what time, samples and counters say of it. Names join by one spelling only, never by family. */
import type { CitationBook } from '#analysis/synthesis/cite.ts'
import type { Cited } from '#analysis/synthesis/evidence.ts'
import type { CountersDocument, RooflineDocument } from '#analysis/synthesis/parts/counted.ts'
import type { KernelsDocument } from '#analysis/synthesis/parts/families.ts'
import type { TimelineDocument } from '#analysis/synthesis/parts/host.ts'
import { jsonPointer } from '#base/json-pointer.ts'
import type { ReconciliationRow } from '#formats/synthesis.ts'
import { canonicalKernelName } from '#model/kernel-identity/canonical-name.ts'

export interface KernelSources {
  readonly kernels?: KernelsDocument
  /** Of the same capture as `kernels`. */
  readonly timeline?: TimelineDocument
  readonly samples?: KernelsDocument
  readonly counters: readonly CountersDocument[]
  readonly roofline?: RooflineDocument
  /** Steps of the traced devices together; undefined where none were found. */
  readonly steps: Cited | undefined
}

/** A table to read: what is below the thirtieth is a per cent of a step. */
const MOST_KERNELS = 30

type Cells = Partial<Record<keyof ReconciliationRow, Cited | undefined>>

/** Without what is not known. */
export function rowOf(
  level: ReconciliationRow['level'],
  name: string,
  cells: Cells,
  said: Partial<ReconciliationRow> = {},
): ReconciliationRow {
  return { level, name, ...said, ...Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell !== undefined)) }
}

/** By falling time; by falling samples where there is no timeline. */
export function kernelRows(sources: KernelSources, book: CitationBook): ReconciliationRow[] {
  const main = sources.kernels ?? sources.samples
  return (main?.output.kernels ?? []).slice(0, MOST_KERNELS).map(({ name }, at) => {
    const key = canonicalKernelName(name)
    const isTimed = main === sources.kernels
    const counted = countedCells(key, sources, book)
    return rowOf(
      'kernel',
      name,
      {
        ...(isTimed ? { ...timedCells(at, sources, book), ...placeCells('kernels', name, sources, book) } : {}),
        sampledShare: sampledShare(key, sources.samples, book),
        bytesPerStep: isTimed ? bytesPerStep(key, at, sources, book) : undefined,
        ...counted.cells,
      },
      counted.said,
    )
  })
}

function timedCells(at: number, { kernels, steps }: KernelSources, book: CitationBook): Cells {
  const cite = (field: string) => book.cite(kernels, jsonPointer('kernels', at, field))
  return { timeShare: cite('shareRatio'), timeNsPerStep: book.derive('ratio', [cite('totalNs'), steps]) }
}

/** Idle time right before it per step, and the part of its launches inside graphs, over all devices of the capture. */
export function placeCells(
  of: 'kernels' | 'families',
  name: string,
  { timeline, steps }: Pick<KernelSources, 'timeline' | 'steps'>,
  book: CitationBook,
): Cells {
  const places = (timeline?.output.devices ?? []).flatMap(({ kernelPlaces }, device) => {
    const at = kernelPlaces?.[of].findIndex((place) => place.name === name) ?? -1
    return at < 0 ? [] : [{ device, at }]
  })
  // Where rows are missing, what no row covers is not idle (trap B1).
  if (places.length === 0 || timeline?.output.coverage.idleClaimable.state === 'no') return {}
  const sum = (field: string): Cited | undefined => {
    const parts = places.map(({ device, at }) => book.cite(timeline, jsonPointer('devices', device, 'kernelPlaces', of, at, field)))
    return parts.length === 1 ? parts[0] : book.derive('sum', parts)
  }
  return {
    hostGapBeforeNs: book.derive('ratio', [sum('idleBeforeNs'), steps]),
    inGraphRatio: book.derive('ratio', [sum('inGraphs'), sum('launches')]),
  }
}

function sampledShare(key: string, samples: KernelsDocument | undefined, book: CitationBook): Cited | undefined {
  const at = samples?.output.kernels.findIndex(({ name }) => canonicalKernelName(name) === key) ?? -1
  return at < 0 ? undefined : book.cite(samples, jsonPointer('kernels', at, 'shareRatio'))
}

interface CountedKernel {
  readonly document: CountersDocument
  readonly at: number
}

function countedKernel(key: string, counters: readonly CountersDocument[]): CountedKernel | undefined {
  for (const document of counters) {
    const at = document.output.kernels.findIndex(({ name }) => canonicalKernelName(name) === key)
    if (at >= 0) return { document, at }
  }
  return undefined
}

function countedCells(key: string, { counters, roofline }: KernelSources, book: CitationBook) {
  const found = countedKernel(key, counters)
  const point = roofline?.output.points.findIndex(({ name }) => canonicalKernelName(name) === key) ?? -1
  const cite = (field: string) => (found === undefined ? undefined : book.cite(found.document, jsonPointer('kernels', found.at, field)))
  const name = found === undefined ? undefined : found.document.output.kernels[found.at]?.name
  const launch = found?.document.output.results.find(({ demangledName, functionName }) => (demangledName ?? functionName) === name)
  const stall = launch?.derived.stalls?.[0]?.reason
  return {
    cells: {
      roofRatio: point < 0 ? undefined : book.cite(roofline, jsonPointer('points', point, 'roofRatio')),
      tensorRatio: cite('tensorPipeElapsedRatio') ?? cite('tensorPipeActiveRatio'),
      occupancyRatio: cite('achievedOccupancyRatio'),
    },
    said: stall === undefined ? {} : { topStall: stall },
  }
}

/** Bytes of a counted launch times launches per step. Undefined where either is not known. */
function bytesPerStep(key: string, at: number, { kernels, counters, steps }: KernelSources, book: CitationBook): Cited | undefined {
  const found = countedKernel(key, counters)
  const counted = found?.document.output.kernels[found.at]
  if (found === undefined || counted === undefined) return undefined
  const of = (...path: readonly string[]) => book.cite(found.document, jsonPointer('kernels', found.at, ...path))
  const launches = counted.launchesMeasured > 0 ? of('launchesMeasured') : of('launches')
  const perLaunch = book.derive('ratio', [of('dram', 'totalBytes'), launches])
  const perStep = book.derive('ratio', [book.cite(kernels, jsonPointer('kernels', at, 'count')), steps])
  return book.derive('product', [perLaunch, perStep])
}
