/**
 * Timelines drawn in text, for tests. One line per row group:
 *
 *     kernels device=0 stream=7 corr=1,2 : A--..B-
 *     memcpy  device=0 stream=9 kind=host-to-device : ....C--
 *     memset  device=0                 : M
 *     graphs  device=0 stream=7        : G-----
 *     host    thread=1                 : L.L...S---
 *     os      thread=1                 : ......P-
 *     ranges  thread=1 kind=nvtx       : R---------
 *     syncs   device=0 kind=stream-wait-event : ....W-
 *
 * A letter starts a row, each `-` prolongs it by one cell, anything else is empty; rows that overlap need lines of their own.
 * Attributes: `process` (pid, 1), `device` (ordinal, 0), `uuid`, `context` (1), `stream` (7), `thread` (tid, 1), `kind`,
 * `corr` and `bytes` and `graph` (comma lists, one entry a row; correlation, bytes and graph id). Letters get names from `names`.
 * A device is told apart by `uuid` where given, else by ordinal.
 */
import { hostCallName } from '#model/host-call-class.ts'
import { type CopyKind, copyKinds, type Device, type Lane, rangeKinds, syncKinds, type Timeline } from '#model/timeline.ts'

export interface TextTimelineOptions {
  readonly nsPerCell?: number
  /** Letter -> kernel, host call or range name; the letter itself where absent. */
  readonly names?: Readonly<Record<string, string>>
}

interface Cell {
  readonly letter: string
  readonly startNs: number
  readonly durationNs: number
}

interface Line {
  readonly table: string
  readonly attributes: Readonly<Record<string, string>>
  readonly cells: readonly Cell[]
}

const linePattern = /^(\w+)([^:]*):(.*)$/

function parseLine(text: string, nsPerCell: number): Line {
  const match = linePattern.exec(text)
  if (match === null) throw new Error(`not a timeline line: ${text}`)
  const [, table = '', head = '', body = ''] = match
  const attributes = Object.fromEntries([...head.matchAll(/(\w+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value]))
  const drawing = body.startsWith(' ') ? body.slice(1) : body
  const cells = [...drawing.matchAll(/[A-Za-z]-*/g)].map((cell) => ({
    letter: cell[0].charAt(0),
    startNs: cell.index * nsPerCell,
    durationNs: cell[0].length * nsPerCell,
  }))
  return { table, attributes, cells }
}

/** Ids in order of first appearance. */
class Interned<T> {
  readonly values: T[] = []
  readonly #keys = new Map<string, number>()
  id(key: string, make: () => T): number {
    const known = this.#keys.get(key)
    if (known !== undefined) return known
    this.#keys.set(key, this.values.length)
    return this.values.push(make()) - 1
  }
}

interface Row extends Cell {
  readonly lane: number
  readonly thread: number
  readonly name: string
  readonly correlation: number
  readonly bytes: number
  readonly graphId: number
  readonly kind: string | undefined
}

const listed = (list: string | undefined, index: number, absent: number): number => {
  const entry = list?.split(',')[index]
  return entry === undefined || entry === '' ? absent : Number(entry)
}

/** Builds the timeline of the drawing. Columns that no line mentions are absent, as in real captures. */
export function timelineFromText(text: string, options: TextTimelineOptions = {}): Timeline {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => parseLine(line, options.nsPerCell ?? 1))
  const processes = new Interned<{ pid: number }>()
  const devices = new Interned<{ ordinal: number; uuid?: string; processes: number[] }>()
  const lanes = new Interned<Lane>()
  const threads = new Interned<{ process: number; tid: number }>()
  const rows = new Map<string, Row[]>()
  for (const { table, attributes, cells } of lines) {
    const pid = Number(attributes['process'] ?? 1)
    const process = processes.id(String(pid), () => ({ pid }))
    const onHost = table === 'host' || table === 'os' || table === 'ranges'
    const lane = onHost ? 0 : laneOf(attributes, process, devices, lanes)
    const tid = Number(attributes['thread'] ?? 1)
    const thread = onHost ? threads.id(`${pid}/${tid}`, () => ({ process, tid })) : 0
    const collected = rows.get(table) ?? []
    rows.set(table, collected)
    for (const [index, cell] of cells.entries()) {
      collected.push({
        ...cell,
        lane,
        thread,
        name: options.names?.[cell.letter] ?? cell.letter,
        correlation: listed(attributes['corr'], index, 0),
        bytes: listed(attributes['bytes'], index, Number.NaN),
        graphId: listed(attributes['graph'], index, 0),
        kind: attributes['kind'],
      })
    }
  }
  return assemble(rows, { processes: processes.values, devices: devices.values, lanes: lanes.values, threads: threads.values })
}

function laneOf(
  attributes: Readonly<Record<string, string>>,
  process: number,
  devices: Interned<{ ordinal: number; uuid?: string; processes: number[] }>,
  lanes: Interned<Lane>,
): number {
  const ordinal = Number(attributes['device'] ?? 0)
  const uuid = attributes['uuid']
  const device = devices.id(uuid ?? `#${ordinal}`, () => ({ ordinal, processes: [], ...(uuid === undefined ? {} : { uuid }) }))
  const users = devices.values[device]?.processes
  if (users !== undefined && !users.includes(process)) users.push(process)
  const context = Number(attributes['context'] ?? 1)
  const stream = Number(attributes['stream'] ?? 7)
  return lanes.id(`${process}/${device}/${context}/${stream}`, () => ({ process, device, context, stream }))
}

interface Actors {
  readonly processes: readonly { pid: number }[]
  readonly devices: readonly Device[]
  readonly lanes: readonly Lane[]
  readonly threads: readonly { process: number; tid: number }[]
}

function assemble(rows: ReadonlyMap<string, readonly Row[]>, actors: Actors): Timeline {
  const names = new Interned<string>()
  const calls = new Interned<string>()
  const texts = new Interned<string>()
  const of = (table: string): readonly Row[] => rows.get(table) ?? []
  const nameIds = (list: readonly Row[], ids: Interned<string>) => Int32Array.from(list, ({ name }) => ids.id(name, () => name))
  const graphIds = (list: readonly Row[]) =>
    list.some(({ graphId }) => graphId !== 0) ? { graphId: Uint32Array.from(list, (r) => r.graphId) } : {}
  const host = (list: readonly Row[]) => ({ ...hostColumns(list), name: nameIds(list, calls) })
  const kernels = { ...deviceColumns(of('kernels')), name: nameIds(of('kernels'), names), ...graphIds(of('kernels')) }
  const hostCalls = { ...host(of('host')), correlation: Uint32Array.from(of('host'), (row) => row.correlation) }
  const osCalls = host(of('os'))
  const ranges = {
    ...hostColumns(of('ranges')),
    text: nameIds(of('ranges'), texts),
    kind: Uint8Array.from(of('ranges'), ({ kind }) => Math.max(0, (rangeKinds as readonly string[]).indexOf(kind ?? 'nvtx'))),
  }
  const syncKind = Uint8Array.from(of('syncs'), ({ kind }) => Math.max(0, (syncKinds as readonly string[]).indexOf(kind ?? 'unknown')))
  const copyKind = Uint8Array.from(of('memcpy'), ({ kind }) => Math.max(0, copyKinds.indexOf((kind ?? 'unknown') as CopyKind)))
  return {
    ...actors,
    kernelNames: names.values.map((name) => ({ name, shortName: name })),
    hostCallNames: calls.values.map(hostCallName),
    rangeTexts: texts.values,
    geometries: [],
    collectiveNames: [],
    communicatorNames: [],
    kernels,
    graphs: { ...deviceColumns(of('graphs')), ...graphIds(of('graphs')) },
    memcpys: { ...deviceColumns(of('memcpy')), bytes: Float64Array.from(of('memcpy'), ({ bytes }) => bytes), copyKind },
    memsets: { ...deviceColumns(of('memset')), bytes: Float64Array.from(of('memset'), ({ bytes }) => bytes) },
    ...(rows.has('host') ? { hostCalls } : {}),
    ...(rows.has('os') ? { osCalls } : {}),
    ...(rows.has('ranges') ? { ranges } : {}),
    ...(rows.has('syncs') ? { syncs: { ...deviceColumns(of('syncs')), syncKind } } : {}),
  }
}

const times = (rows: readonly Row[]) => ({
  length: rows.length,
  startNs: Float64Array.from(rows, ({ startNs }) => startNs),
  durationNs: Uint32Array.from(rows, ({ durationNs }) => durationNs),
})

const hostColumns = (rows: readonly Row[]) => ({ ...times(rows), thread: Uint16Array.from(rows, ({ thread }) => thread) })

const deviceColumns = (rows: readonly Row[]) => ({
  ...times(rows),
  lane: Uint16Array.from(rows, ({ lane }) => lane),
  ...(rows.some(({ correlation }) => correlation !== 0) ? { correlation: Uint32Array.from(rows, ({ correlation }) => correlation) } : {}),
})
