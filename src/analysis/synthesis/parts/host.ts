/** How kernels were launched and what the host did while the device waited, from the account of one timeline. */
import type { CitationBook, Document } from '#analysis/synthesis/cite.ts'
import type { Cited, HostEvidence } from '#analysis/synthesis/evidence.ts'
import { jsonPointer } from '#base/json-pointer.ts'
import type { DeviceSummary, TimelineSummary } from '#formats/timeline-summary.ts'

export type TimelineDocument = Document<Omit<TimelineSummary, 'sources'>>

type Cause = NonNullable<DeviceSummary['idleGaps']['attribution']>['causes'][number]['cause']

const byKind = {
  idleLaunchRatio: ['launch-limited'],
  idleSyncRatio: ['synchronisation', 'sync-return'],
  idleElsewhereRatio: ['host-wait', 'host-busy'],
  idleUnknownRatio: ['unknown'],
} as const satisfies Record<string, readonly Cause[]>

/**
 * Counts are of the whole capture, over its complete steps on every measured device of it.
 * @param steps complete steps of one device. @param devices measured ones in the file. @param ordinal of the device whose idle time is told.
 */
export function hostEvidence(
  document: TimelineDocument,
  { steps, devices, ordinal }: { readonly steps: Cited | undefined; readonly devices: number; readonly ordinal: number },
  book: CitationBook,
): HostEvidence {
  const at = (...path: readonly (string | number)[]): Cited | undefined => book.cite(document, jsonPointer(...path))
  const perStep = (total: Cited | undefined) => book.derive('ratio', [total, book.derive('product', [steps, devices])])
  const { output } = document
  const sync = output.hostCalls?.classes.findIndex(({ class: kind }) => kind === 'sync') ?? -1
  const evidence: Record<string, Cited | undefined> = {
    kernelLaunchesPerStep: perStep(at('coverage', 'launches', 'calls')),
    graphLaunchesPerStep: perStep(at('coverage', 'graphLaunches', 'launches')),
    kernelsPerStep: perStep(at('coverage', 'kernels', 'count')),
    inGraphRatio: book.derive('ratio', [at('coverage', 'kernels', 'inGraphs'), at('coverage', 'kernels', 'count')]),
    syncCallsPerStep: sync < 0 ? undefined : perStep(at('hostCalls', 'classes', sync, 'count')),
    syncNsPerStep: sync < 0 ? undefined : perStep(at('hostCalls', 'classes', sync, 'totalNs')),
    ...idleRatios(document, ordinal, book),
  }
  const known = Object.fromEntries(Object.entries(evidence).filter(([, value]) => value !== undefined))
  return { ...known, ...copies(document, perStep, book) }
}

/** Only where the causes may be claimed: rows that are missing look like idle time. */
function idleRatios(document: TimelineDocument, ordinal: number, book: CitationBook): Record<string, Cited | undefined> {
  const index = document.output.devices.findIndex(({ device }) => device === ordinal)
  const attribution = document.output.devices[index]?.idleGaps.attribution
  if (attribution?.claimable !== true) return {}
  const place = ['devices', index, 'idleGaps', 'attribution', 'causes'] as const
  const all = [...attribution.causes.entries()]
  return Object.fromEntries(
    Object.entries(byKind).map(([key, causes]) => {
      const own = all.filter(([, { cause }]) => causes.some((each) => each === cause))
      const parts = own.map(([at]) => book.cite(document, jsonPointer(...place, at, 'ratio')))
      return [key, parts.length === 1 ? parts[0] : book.derive('sum', parts)]
    }),
  )
}

function copies(
  document: TimelineDocument,
  perStep: (total: Cited | undefined) => Cited | undefined,
  book: CitationBook,
): Pick<HostEvidence, 'copiesPerStep'> {
  const operations = [...document.output.memoryOperations.entries()]
  const counted = (direction: string, key: string) => {
    const found = operations.find(([, each]) => each.operation === 'memcpy' && each.direction === direction)
    return found === undefined ? undefined : perStep(book.cite(document, jsonPointer('memoryOperations', found[0], key)))
  }
  const [toDevice, toHost] = [counted('host-to-device', 'count'), counted('device-to-host', 'count')]
  const bytes = [counted('host-to-device', 'bytes'), counted('device-to-host', 'bytes')].filter((each) => each !== undefined)
  const total = bytes.length === 0 ? undefined : book.derive('sum', bytes)
  const waits = [counted('host-to-device', 'pageable'), counted('device-to-host', 'pageable')].filter((each) => each !== undefined)
  const pageable = waits.length === 0 ? undefined : book.derive('sum', waits)
  if (toDevice === undefined && toHost === undefined) return {}
  return {
    copiesPerStep: {
      ...(toDevice === undefined ? {} : { toDevice }),
      ...(toHost === undefined ? {} : { toHost }),
      ...(pageable === undefined ? {} : { pageable }),
      ...(total === undefined ? {} : { bytes: total }),
    },
  }
}
