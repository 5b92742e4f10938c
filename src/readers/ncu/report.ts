/** A whole report: header, then blocks until the end of the file. */
import { SextantError } from '#base/errors.ts'
import type { CounterProcess } from '#model/kernel-counters.ts'
import type { RandomAccess } from '#model/reader.ts'
import { type BlockHeader, MOST_HEADER_BYTES, parseBlockHeader } from './block-header.ts'
import { CounterColumns } from './counter-columns.ts'
import { LossList } from './losses.ts'
import { ReportStream } from './report-stream.ts'
import { kernelLayout, ResultParser, rangeLayout } from './result-parser.ts'
import { Session } from './session.ts'
import { UnknownFields, WireCursor, WireError } from './wire.ts'

/** `NVR\0` */
const MAGIC = 0x0052564e
/** Seen in every file from 2020 to 2025; a newer one is read all the same, because unknown fields are skipped. */
export const KNOWN_VERSION = 7

/** A metric with a double takes 16 to 18 bytes. */
const BYTES_A_VALUE = 16

export interface Report {
  /** Undefined in a fragment without file header. */
  readonly version: number | undefined
  readonly blocks: number
  readonly sources: number
  readonly strings: readonly string[]
  readonly session: Session
  readonly processes: readonly CounterProcess[]
  readonly columns: CounterColumns
  readonly sections: readonly string[]
  readonly unknown: UnknownFields
  readonly losses: LossList
  readonly commandLists: number
  readonly graphs: number
}

function u32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true)
}

export function hasMagic(head: Uint8Array): boolean {
  return head.length >= 4 && u32(head, 0) === MAGIC
}

/** Reads everything; what a damaged or cut file still holds is kept, and the rest is counted. */
export class ReportParser {
  readonly #stream: ReportStream
  readonly #name: string
  readonly #onProgress: (read: number) => void
  readonly #losses = new LossList()
  readonly #unknown = new UnknownFields()
  readonly #columns: CounterColumns
  readonly #results: ResultParser
  readonly #session = new Session()
  readonly #strings: string[] = []
  readonly #processes: CounterProcess[] = []
  readonly #processIndex = new Map<string, number>()
  #blocks = 0
  #sources = 0
  #commandLists = 0
  #graphs = 0

  constructor(access: RandomAccess, name: string, onProgress: (read: number) => void = () => undefined) {
    this.#stream = new ReportStream(access)
    this.#columns = new CounterColumns(access.size / BYTES_A_VALUE)
    this.#results = new ResultParser(this.#columns, this.#unknown)
    this.#name = name
    this.#onProgress = onProgress
  }

  parse(): Report {
    const version = this.#fileHeader()
    while (this.#stream.remaining > 0 && this.#block()) this.#onProgress(this.#stream.at)
    return {
      version,
      blocks: this.#blocks,
      sources: this.#sources,
      strings: this.#strings,
      session: this.#session,
      processes: this.#processes,
      columns: this.#columns,
      sections: [...this.#results.sections].sort(),
      unknown: this.#unknown,
      losses: this.#losses,
      commandLists: this.#commandLists,
      graphs: this.#graphs,
    }
  }

  /** Consumes magic and file header; undefined, and nothing consumed, where the file starts at a block. */
  #fileHeader(): number | undefined {
    const head = this.#stream.take(4)
    if (head === undefined || !hasMagic(head)) {
      this.#stream.skipTo(0)
      return undefined
    }
    const size = this.#stream.size()
    const bytes = size === undefined || size > MOST_HEADER_BYTES ? undefined : this.#stream.take(size)
    if (bytes === undefined) {
      throw new SextantError('truncated_file', `${this.#name} ends inside its header.`, 'Copy the report again from where it was written.')
    }
    const wire = new WireCursor()
    wire.open(bytes)
    let version: number | undefined
    try {
      while (wire.next(bytes.length)) {
        if (wire.field === 1) version = wire.number()
        else this.#unknown.skip(wire, 'FileHeader')
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.#losses.add('damaged-file-header', 1, 'the file header is damaged: the version of the format is unknown')
    }
    return version
  }

  /** False where the file cannot be followed further. */
  #block(): boolean {
    const at = this.#stream.at
    const size = this.#stream.size()
    const bytes = size === undefined || size > MOST_HEADER_BYTES ? undefined : this.#stream.take(size)
    if (bytes === undefined) return this.#lost('truncated', at)
    let header: BlockHeader
    try {
      header = parseBlockHeader(bytes, this.#unknown)
      if (header.session !== undefined) this.#session.add(bytes, header.session[0], header.session[1], this.#unknown)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      return this.#lost('damaged-block', at)
    }
    this.#blocks += 1
    // Most blocks bring an empty table; names are indices into all tables one after another.
    for (const text of header.strings) this.#strings.push(text)
    return this.#payload(header)
  }

  #payload(header: BlockHeader): boolean {
    const start = this.#stream.at
    const end = start + header.payloadBytes
    const process = this.#processOf(header)
    const order = [header.sources, header.results, header.ranges, header.commandLists, header.graphs]
    for (const [kind, count] of order.entries()) {
      for (let index = 0; index < count; index += 1) {
        // The payload is the frame: a count that promises more than it holds is counted, never followed.
        if (this.#stream.at + 4 > end) return this.#rest(end, 'missing-messages', count - index)
        const size = this.#stream.size()
        const bytes = size === undefined || this.#stream.at + size > end ? undefined : this.#stream.take(size)
        if (bytes === undefined) return this.#rest(end, 'truncated-messages', count - index)
        this.#message(kind, bytes, process)
      }
    }
    this.#losses.add('unknown-messages', this.#stream.at < end ? 1 : 0, 'blocks with messages of a kind that is not known: skipped')
    return this.#rest(end, '', 0)
  }

  #message(kind: number, bytes: Uint8Array, process: number | undefined): void {
    if (kind === 0) this.#sources += 1
    else if (kind === 3) this.#commandLists += 1
    else if (kind === 4) this.#graphs += 1
    else {
      try {
        this.#results.parse(bytes, kind === 1 ? kernelLayout : rangeLayout, process)
      } catch (error) {
        if (!(error instanceof WireError)) throw error
        this.#losses.add('damaged-results', 1, 'results whose bytes are damaged: left out')
      }
    }
  }

  /** Goes to the end of the payload; false where the file ends before it. */
  #rest(end: number, code: string, count: number): boolean {
    this.#losses.add(code, code === '' ? 0 : count, 'messages that a block announces and its bytes do not hold')
    if (end > this.#stream.at + this.#stream.remaining) return this.#lost('truncated', this.#stream.at)
    this.#stream.skipTo(end)
    return true
  }

  #lost(code: string, at: number): false {
    const bytes = this.#stream.at - at + this.#stream.remaining
    const what = code === 'truncated' ? 'bytes after which the file ends inside a block' : 'bytes from the first damaged block on: not read'
    this.#losses.add(`${code}-bytes`, Math.max(1, bytes), what)
    return false
  }

  #processOf({ process }: BlockHeader): number | undefined {
    if (process === undefined) return undefined
    const key = `${process.pid} ${process.name ?? ''}`
    let index = this.#processIndex.get(key)
    if (index === undefined) {
      index = this.#processes.length
      this.#processes.push(process)
      this.#processIndex.set(key, index)
    }
    return index
  }
}
