/** One block of a report: how many messages of which kind follow, and a part of the string table. */
import { type UnknownFields, WireCursor, WireError } from './wire.ts'

/** A block header names its string table and its settings: the largest seen has 12 kB, and no table has a hundred thousand names. */
export const MOST_HEADER_BYTES = 64 * 1024 * 1024

export interface BlockHeader {
  readonly sources: number
  readonly results: number
  readonly ranges: number
  readonly commandLists: number
  readonly graphs: number
  readonly payloadBytes: number
  readonly process: { readonly pid: number; readonly name?: string } | undefined
  readonly strings: readonly string[]
  /** Offsets of the session details inside the header, where it has them. */
  readonly session: readonly [start: number, end: number] | undefined
}

/** `C:\tools\a.exe` and `/home/someone/a.out` without their folders: those name people and machines. */
export function baseName(path: string): string {
  // Windows counts the terminating NUL into the name.
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).replace(/\0+$/, '')
}

function parseProcess(wire: WireCursor, unknown: UnknownFields): BlockHeader['process'] {
  const end = wire.enter()
  let pid = -1
  let name: string | undefined
  while (wire.next(end)) {
    if (wire.field === 1) pid = wire.integer() ?? -1
    else if (wire.field === 3) name = baseName(wire.text())
    // 2 is the host name: redacted by not being read.
    else if (wire.field === 2) wire.skip()
    else unknown.skip(wire, 'Process')
  }
  return { pid, ...(name === undefined || name === '' ? {} : { name }) }
}

/** Throws `WireError` where the bytes are no header. */
export function parseBlockHeader(bytes: Uint8Array, unknown: UnknownFields): BlockHeader {
  const wire = new WireCursor()
  wire.open(bytes)
  // By field number: 1 sources, 2 results, 5 payload bytes, 7 ranges, 8 command lists, 9 graphs.
  const numbers = new Float64Array(10)
  const strings: string[] = []
  let process: BlockHeader['process']
  let session: BlockHeader['session']
  while (wire.next(bytes.length)) {
    const { field } = wire
    if (field === 3) {
      const end = wire.enter()
      session = [wire.offset, end]
      wire.leave(end)
    } else if (field === 4) {
      const end = wire.enter()
      while (wire.next(end)) {
        if (wire.field === 1) strings.push(wire.text())
        else unknown.skip(wire, 'StringTable')
      }
    } else if (field === 6) {
      process = parseProcess(wire, unknown)
    } else if (field <= 9) {
      if (wire.type !== 0) throw new WireError(`field ${field} of a block header is no count`)
      numbers[field] = wire.varint()
    } else {
      unknown.skip(wire, 'BlockHeader')
    }
  }
  const [, sources = 0, results = 0, , , payloadBytes = 0, , ranges = 0, commandLists = 0, graphs = 0] = numbers
  return { sources, results, ranges, commandLists, graphs, payloadBytes, process, strings, session }
}
