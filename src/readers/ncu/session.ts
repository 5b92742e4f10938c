/**
 * Session details of a report: spread over many blocks, gathered into one.
 * Host names, addresses, the environment, working folder and arguments are not read: they name people and may hold secrets.
 */
import { type UnknownFields, WireCursor } from './wire.ts'

export interface SessionDevice {
  readonly ordinal: number
  readonly name?: string
  readonly attributes: ReadonlyMap<string, number | string>
}

export class Session {
  readonly devices = new Map<number, SessionDevice>()
  /** Provider -> version: `CUDA Version`, `Display Driver Version`, `Nsight Compute Target`… */
  readonly versions = new Map<string, string>()
  creationUnixS: number | undefined
  clockControl: string | undefined
  replayMode: string | undefined
  rulesApplied: boolean | undefined

  /** Adds one block's part. Throws `WireError`. */
  add(bytes: Uint8Array, start: number, end: number, unknown: UnknownFields): void {
    const wire = new WireCursor()
    wire.open(bytes, start)
    while (wire.next(end)) {
      if (wire.field === 2) this.creationUnixS = wire.integer()
      else if (wire.field === 6) this.#device(wire, unknown)
      else if (wire.field === 8) this.#version(wire)
      else if (wire.field === 10) this.#settings(wire)
      else if (wire.field <= 11) wire.skip()
      else unknown.skip(wire, 'ReportSessionDetails')
    }
  }

  #version(wire: WireCursor): void {
    const end = wire.enter()
    let provider = ''
    let version = ''
    while (wire.next(end)) {
      if (wire.field === 1) provider = wire.text()
      else if (wire.field === 2) version = wire.text()
      else wire.skip()
    }
    if (provider !== '' && version !== '') this.versions.set(provider, version)
  }

  #settings(wire: WireCursor): void {
    const end = wire.enter()
    while (wire.next(end)) {
      if (wire.field === 6) this.#options(wire)
      else if (wire.field === 8) this.clockControl = wordOf(wire)
      else if (wire.field === 11) this.replayMode = wordOf(wire)
      else wire.skip()
    }
  }

  #options(wire: WireCursor): void {
    const end = wire.enter()
    while (wire.next(end)) {
      if (wire.field === 1) this.rulesApplied = wire.number() === 1
      else wire.skip()
    }
  }

  #device(wire: WireCursor, unknown: UnknownFields): void {
    const end = wire.enter()
    let ordinal = 0
    let name: string | undefined
    const attributes = new Map<string, number | string>()
    while (wire.next(end)) {
      if (wire.field === 1) ordinal = wire.integer() ?? 0
      else if (wire.field === 2) name = wire.text()
      else if (wire.field === 3) addAttribute(wire, attributes, unknown)
      else unknown.skip(wire, 'DeviceAttributes')
    }
    this.devices.set(ordinal, { ordinal, ...(name === undefined || name === '' ? {} : { name }), attributes })
  }
}

function addAttribute(wire: WireCursor, attributes: Map<string, number | string>, unknown: UnknownFields): void {
  const end = wire.enter()
  let key = ''
  while (wire.next(end)) {
    if (wire.field === 1) key = wire.text()
    else if (wire.field === 2) {
      const value = readValue(wire, unknown)
      if (key !== '' && value !== undefined) attributes.set(key, value)
    } else unknown.skip(wire, 'DeviceAttribute')
  }
}

/** An enumeration by its number, or its word where the tool wrote one. */
function wordOf(wire: WireCursor): string {
  return wire.type === 2 ? wire.text() : String(wire.number())
}

/** MetricValue: 1 text, 2 float, 3 double, 4 uint32, 5 uint64. One metric changes its type between versions: whichever is present counts. */
function readValue(wire: WireCursor, unknown: UnknownFields): number | string | undefined {
  const end = wire.enter()
  let value: number | string | undefined
  while (wire.next(end)) {
    if (wire.field === 1 && wire.type === 2) value = wire.text()
    else if (wire.field <= 5) value = wire.number()
    else unknown.skip(wire, 'MetricValue')
  }
  return value
}
