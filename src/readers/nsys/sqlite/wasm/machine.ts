/** Pages, columns and the program that turns one into the other, in one WebAssembly memory. */
import type { Column, WantedColumn } from '#readers/nsys/sqlite/row-writer.ts'
import { constantTables, pageProgram, type Target } from './page-program.ts'

/** What is used of the global that neither the language's own library nor Node's declares. */
interface WebAssemblyGlobal {
  readonly Memory: new (descriptor: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> }
}

const PAGE_BYTES = 65536
/** Behind the window of pages: vectors of serial types and whole words are read past the last cell. */
const SLACK_BYTES = 256
/** More sixteens than any table of an export has (the widest, kernels, has 31 columns). */
const MAX_POSITION = 127

export type Run = (base: number, end: number, pointers: number, low: number, cells: number, row: number) => number

export interface Machine {
  /** Holds the pages; offsets that `run` takes are offsets in it. */
  readonly pages: Buffer
  readonly columns: readonly Column[]
  readonly run: Run
}

/** Hands out addresses, eight-byte aligned. */
class Layout {
  bytes = 0

  take(bytes: number): number {
    const address = this.bytes
    this.bytes += (bytes + 7) & ~7
    return address
  }
}

function placed(layout: Layout, { type, position = 0 }: WantedColumn, rows: number): Target {
  return type === 'number'
    ? { type, position, values: layout.take(rows * 8) }
    : { type: 'id64', position, hi: layout.take(rows * 4), lo: layout.take(rows * 4), isNull: layout.take(rows) }
}

function columnAt(buffer: ArrayBuffer, target: Target, rows: number): Column {
  if (target.type === 'number') return { type: 'number', values: new Float64Array(buffer, target.values, rows) }
  const hi = new Int32Array(buffer, target.hi, rows)
  const lo = new Uint32Array(buffer, target.lo, rows)
  return { type: 'id64', values: { hi, lo, isNull: new Uint8Array(buffer, target.isNull, rows) } }
}

/** Undefined where a wanted column is text or the rowid, or the runtime has no WebAssembly or no address space left for it. */
export function openMachine(wanted: readonly WantedColumn[], rows: number, windowBytes: number, maxLocal: number): Machine | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyGlobal }).WebAssembly
  const isPlain = wanted.every(({ type, position }) => type !== 'text' && position !== undefined && position <= MAX_POSITION)
  if (api === undefined || !isPlain || wanted.length === 0) return undefined
  const layout = new Layout()
  const tables = layout.take(constantTables.byteLength)
  const targets = wanted.map((column) => placed(layout, column, rows))
  const pages = layout.take(windowBytes + SLACK_BYTES)
  const initial = Math.ceil(layout.bytes / PAGE_BYTES)
  try {
    const memory = new api.Memory({ initial, maximum: initial })
    new BigInt64Array(memory.buffer, tables, constantTables.length).set(constantTables)
    const module = new api.Module(pageProgram({ pages, tables, maxLocal, targets }))
    const { run } = new api.Instance(module, { env: { memory } }).exports
    return {
      pages: Buffer.from(memory.buffer, pages, windowBytes),
      columns: targets.map((target) => columnAt(memory.buffer, target, rows)),
      run: run as Run, // the program exports one function, of this type
    }
  } catch (error) {
    // The address space is limited (ulimit -v): WebAssembly reserves gigabytes of it beside each memory.
    if (error instanceof RangeError) return undefined
    throw error
  }
}
