/** Tables and metadata into a capture, with every loss counted. */
import type { Capability, CapabilityName, Capture, Diagnostic, Loss } from '#model/capture.ts'
import { hostCallName } from '#model/host-call-class.ts'
import { shortKernelName } from '#model/kernel-name.ts'
import type { CollectiveTable, HostCallName, Timeline, TimelineNeed } from '#model/timeline.ts'
import { type CategoryKind, categoryKinds } from './categories.ts'
import type { ChunkOutcome } from './chunks.ts'
import { placeClock } from './clock.ts'
import { readDocumentValues } from './document-values.ts'
import type { EventParser } from './event-parser.ts'
import type { TraceDocument } from './trace-document.ts'
import type { TraceTables } from './trace-tables.ts'

const COMPLETE = 88

export interface Decoded {
  readonly parser: EventParser
  readonly tables: TraceTables
  readonly document: TraceDocument
  readonly outcome: ChunkOutcome
}

export function buildCapture(decoded: Decoded, needs: ReadonlySet<TimelineNeed>): Capture {
  const { parser, tables } = decoded
  const facts = readDocumentValues(tables.values)
  const placement = placeClock(facts.baseNs, tables.referenceUs, tables.firstNs, tables.lastNs, tables.hasFraction)
  const callNames = tables.hostCallNames.order.map((id): HostCallName => hostCallName(parser.names.texts[id] ?? ''))
  const timeline = buildTimeline(decoded, needs, placement.shiftNs, callNames, facts.rank, (ordinal) => facts.devices.get(ordinal) ?? {})
  const kindCounts = countKinds(decoded)
  const sawGraphs = tables.hasGraphNodes || callNames.some((name) => name.class === 'graph-launch')
  const version = facts.facts['cupti'] === undefined ? undefined : `cupti ${facts.facts['cupti']}`
  return {
    kind: 'kineto',
    tool: {
      name: 'PyTorch profiler (kineto)',
      ...(version === undefined ? {} : { version }),
      ...(facts.schemaVersion === undefined ? {} : { schemaVersion: facts.schemaVersion }),
    },
    clock: placement.clock,
    devices: timeline.devices,
    capabilities: capabilities(kindCounts, needs, tables, placement.clock.epoch === 'utc'),
    timeline,
    // Kineto records the kernels of a replayed graph one by one.
    graphMode: sawGraphs && timeline.kernels.length > 0 ? 'node' : 'unknown',
    diagnostics: diagnostics(kindCounts),
    facts: facts.facts,
    inventory: inventory(decoded),
    ...(facts.rank === undefined ? {} : { rank: facts.rank }),
    ...(facts.worldSize === undefined ? {} : { worldSize: facts.worldSize }),
  }
}

function buildTimeline(
  { parser, tables }: Decoded,
  needs: ReadonlySet<TimelineNeed>,
  shiftNs: number,
  hostCallNames: readonly HostCallName[],
  rank: number | undefined,
  describe: Parameters<TraceTables['identities']['finish']>[1],
): Timeline {
  const { kernels, memcpys, memsets, hostCalls, ranges, syncs } = tables
  const texts = parser.names.texts
  const correlated = needs.has('correlation') || needs.has('launches')
  const activity = (rows: typeof kernels) => ({
    length: rows.length,
    startNs: rows.startNs(shiftNs),
    durationNs: rows.durationNs(),
    lane: rows.place(),
    ...(correlated ? { correlation: rows.correlation() } : {}),
  })
  const threaded = (rows: typeof kernels) => ({
    length: rows.length,
    startNs: rows.startNs(shiftNs),
    durationNs: rows.durationNs(),
    thread: rows.place(),
  })
  const identities = tables.identities.finish(rank, describe)
  const wantsRanges = needs.has('ranges') || needs.has('operators')
  return {
    ...identities,
    kernelNames: tables.kernelNames.order.map((id) => ({ name: texts[id] ?? '', shortName: shortKernelName(texts[id] ?? '') })),
    hostCallNames,
    rangeTexts: tables.rangeTexts.order.map((id) => texts[id] ?? ''),
    geometries: tables.geometries,
    collectiveNames: tables.operations.order.map((id) => parser.ids.texts[id] ?? ''),
    communicatorNames: tables.communicators.order.map((id) => parser.ids.texts[id] ?? ''),
    kernels: {
      ...activity(kernels),
      name: tables.kernelName.finish(kernels.length),
      ...(tables.hasGraphNodes ? { graphNode: tables.graphNode.finish(kernels.length) } : {}),
      ...(tables.hasGraphIds ? { graphId: tables.graphId.finish(kernels.length) } : {}),
      ...(needs.has('geometry') ? { geometry: tables.geometry.finish(kernels.length) } : {}),
    },
    graphs: { length: 0, startNs: new Float64Array(0), durationNs: new Uint32Array(0), lane: new Uint32Array(0) },
    memcpys: {
      ...activity(memcpys),
      bytes: tables.memcpyBytes.finish(memcpys.length),
      copyKind: tables.copyKind.finish(memcpys.length),
      pageable: tables.pageable.finish(memcpys.length),
    },
    memsets: { ...activity(memsets), bytes: tables.memsetBytes.finish(memsets.length) },
    ...(needs.has('host-calls')
      ? {
          hostCalls: {
            ...threaded(hostCalls),
            name: tables.hostCallName.finish(hostCalls.length),
            ...(correlated ? { correlation: hostCalls.correlation() } : {}),
          },
        }
      : {}),
    ...(wantsRanges
      ? { ranges: { ...threaded(ranges), text: tables.rangeText.finish(ranges.length), kind: tables.rangeKind.finish(ranges.length) } }
      : {}),
    ...(needs.has('syncs') ? { syncs: { ...activity(syncs), syncKind: tables.syncKind.finish(syncs.length) } } : {}),
    ...(needs.has('collectives') ? { collectives: collectives(tables) } : {}),
  }
}

function collectives({ collectives }: TraceTables): CollectiveTable {
  return {
    length: collectives.row.length,
    kernelRow: Uint32Array.from(collectives.row),
    operation: Int32Array.from(collectives.operation),
    communicator: Int32Array.from(collectives.communicator),
    sequence: Int32Array.from(collectives.sequence),
    bytes: Float64Array.from(collectives.bytes),
    groupSize: Uint16Array.from(collectives.groupSize),
  }
}

/** Complete events by what they became. */
function countKinds({ parser, tables }: Decoded): Record<CategoryKind, number> {
  const counts = Object.fromEntries(categoryKinds.map((kind) => [kind, 0])) as Record<CategoryKind, number>
  for (const [index, count] of tables.tally.entries()) {
    const kind = categoryKinds[parser.categories.kinds[index >> 7] ?? 0]
    if (count !== undefined && index % 128 === COMPLETE && kind !== undefined) counts[kind] += count
  }
  return counts
}

/** Complete events under their category; other phases under `category (ph x)`. */
function inventory({ parser, tables }: Decoded): Record<string, number> {
  const rows: [string, number][] = []
  for (const [index, count] of tables.tally.entries()) {
    if (count === undefined) continue
    const category = parser.categories.name(index >> 7)
    const phase = index % 128
    rows.push([phase === COMPLETE ? category : `${category} (ph ${phase > 32 ? String.fromCharCode(phase) : '?'})`, count])
  }
  return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function diagnostics(counts: Record<CategoryKind, number>): Diagnostic[] {
  const result: Diagnostic[] = []
  if (counts.kernel === 0 && counts['host-call'] > 0) {
    result.push({
      severity: 'warning',
      text: `${counts['host-call']} runtime calls and no kernels: the GPU side was not recorded, or nothing was launched.`,
    })
  }
  return result
}

function capabilities(
  counts: Record<CategoryKind, number>,
  needs: ReadonlySet<TimelineNeed>,
  tables: TraceTables,
  isUtc: boolean,
): Partial<Record<CapabilityName, Capability>> {
  const present = (count: number, reason: string): Capability => (count > 0 ? { state: 'available' } : { state: 'absent', reason })
  const asked = (need: TimelineNeed, capability: Capability): Capability =>
    needs.has(need) || capability.state !== 'available' ? capability : { state: 'not-read', reason: 'not needed for this question' }
  const noGpu = 'the trace holds no GPU activity'
  return {
    kernels: present(counts.kernel, 'the trace holds no kernel events'),
    'graph-nodes': tables.hasGraphNodes
      ? { state: 'available' }
      : { state: 'absent', reason: 'no graph node ids: the kernels of a replay share the correlation of their graph launch' },
    'graph-launches': { state: 'absent', reason: 'kineto records the kernels of a replay, not the launch as one device row' },
    // Kernels, copies and sets are recorded together: with kernels, zero copies means none.
    copies: present(counts.kernel + counts.memcpy + counts.memset, noGpu),
    'host-calls': asked('host-calls', present(counts['host-call'], 'the trace holds no runtime calls')),
    ranges: asked('ranges', present(counts.annotation + counts['device-annotation'] + counts.operator, 'the trace holds no annotations')),
    'os-calls': { state: 'absent', reason: 'kineto does not record operating-system calls' },
    syncs: asked('syncs', present(counts.sync, 'the trace holds no synchronisation records')),
    'device-identity': { state: 'absent', reason: 'kineto names devices by ordinal, without UUID or PCI address' },
    'epoch-clock': isUtc ? { state: 'available' } : { state: 'unknown', reason: 'timestamps are not plausible dates' },
    'kernel-statistics': { state: 'absent', reason: 'a trace holds events, not summaries' },
  }
}

export function lossesOf({ parser, tables, document, outcome }: Decoded): Loss[] {
  const { counts } = tables
  const { damage } = document
  const isTruncated = !document.complete
  const gzipErrors = outcome.gzipError === undefined ? 0 : 1
  let unknown = 0
  let halves = 0
  for (const [index, count] of tables.tally.entries()) {
    if (count === undefined) continue
    if (!parser.categories.isKnown(index >> 7)) unknown += count
    if (index % 128 === 66 || index % 128 === 69) halves += count
  }
  const all: readonly (readonly [string, number, string])[] = [
    ['truncated-trace', isTruncated ? 1 : 0, 'The trace ends before its own end: events after the cut are missing.'],
    ['damaged-gzip', isTruncated ? gzipErrors : 0, `The gzip stream is damaged after ${outcome.bytes} decompressed bytes.`],
    ['bytes-behind-gzip', isTruncated ? 0 : gzipErrors, 'Bytes behind the gzip stream are no gzip: the trace before them is whole.'],
    ['malformed-events', damage.malformedEvents, 'Events that are not JSON, or cut, were left out.'],
    ['oversized-values', damage.oversizedValues, 'Events or metadata values larger than 16 MiB were left out.'],
    ['garbage-between-events', damage.garbageRegions, 'Regions between events that are not JSON were stepped over.'],
    ['bytes-after-end', damage.bytesAfterEnd, 'Bytes behind the end of the trace were not read.'],
    ['unknown-category', unknown, 'Events of categories that this reader does not know: counted in the inventory only.'],
    ['begin-end-events', halves, 'Begin and end events (ph B, E) are not paired: counted in the inventory only.'],
    ['objects-without-phase', counts.withoutPhase, 'Objects in the event list without a phase are no events.'],
    ['rows-without-time', counts.rowsWithoutTime, 'Events without a usable ts were left out.'],
    ['rows-out-of-range', counts.rowsOutOfRange, 'Events more than 52 days from the rest were left out.'],
    [
      'rows-without-duration',
      counts.rowsWithoutDuration,
      'Complete events without a usable dur (absent, NaN, Infinity) were kept with duration 0.',
    ],
    ['negative-durations', counts.negativeDurations, 'Negative durations were set to 0.'],
    ['rows-without-device', counts.rowsWithoutDevice, 'Device rows without a device number were left out.'],
    ['cut-texts', parser.names.cut, 'Names longer than the limit were cut.'],
    ['unreadable-metadata', readDocumentValues(tables.values).unreadable, 'Metadata values that are not JSON were left out.'],
  ]
  return all.filter(([, count]) => count > 0).map(([code, count, what]) => ({ code, count, what }))
}
