/** The cells that say which launch a row belongs to. The host name is not read. */
import type { CounterProcess, Extent } from '#model/kernel-counters.ts'
import { shortKernelName } from '#model/kernel-name.ts'
import { baseName } from '#readers/ncu/block-header.ts'
import type { Writable } from '#readers/ncu/counter-columns.ts'
import type { LaunchColumn } from './header.ts'

export type Cell = (column: LaunchColumn) => string | undefined

/** `(256, 1, 1)`, or one number. */
function extentOf(text: string | undefined): Extent | undefined {
  const parts = (text ?? '').match(/\d+/g)
  if (parts === null || parts.length > 3) return undefined
  const [x, y = 1, z = 1] = parts.map(Number)
  return x === undefined ? undefined : [x, y, z]
}

function integerOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined
}

const none: readonly never[] = []

export interface LaunchFacts {
  /** '' = the cell is empty. */
  readonly name: string
  readonly shortName: string
  readonly grid: Extent | undefined
  readonly block: Extent | undefined
  readonly context: number | undefined
  readonly stream: number | undefined
  readonly device: number | undefined
  /** Index into the processes. */
  readonly process: number | undefined
}

/** A result of its own for each row. */
export function resultOf({ name, shortName, grid, block, context, stream, device, process }: LaunchFacts): Writable {
  const result: Writable = { scope: name === 'range' ? 'range' : 'kernel', rules: none, nvtx: none }
  if (name !== '') {
    result.functionName = shortName
    result.demangledName = name
  }
  if (grid !== undefined) result.grid = grid
  if (block !== undefined) result.block = block
  if (context !== undefined) result.context = context
  if (stream !== undefined) result.stream = stream
  if (device !== undefined) result.device = device
  if (process !== undefined) result.process = process
  return result
}

export class LaunchCells {
  readonly processes: CounterProcess[] = []
  /** Ordinal -> compute capability, in order of first use. */
  readonly devices = new Map<number, string | undefined>()
  readonly #processIndex = new Map<string, number>()
  readonly #shortNames = new Map<string, string>()
  readonly #extents = new Map<string, Extent>()
  readonly #integers = new Map<string, number>()
  readonly #fileNames = new Map<string, string>()
  #lastProcess: { readonly pid: number; readonly name: string; readonly index: number } | undefined

  /** A result without rules, values or ranges yet. */
  result(cell: Cell): Writable {
    return resultOf(this.facts(cell))
  }

  /** What the cells say: rows with the same cells share it. */
  facts(cell: Cell): LaunchFacts {
    const name = cell('Kernel Name') ?? ''
    const device = this.#integer(cell('Device') ?? '')
    const facts = {
      name,
      shortName: this.#short(name),
      grid: this.#extent(cell('Grid Size') ?? ''),
      block: this.#extent(cell('Block Size') ?? ''),
      context: this.#integer(cell('Context') ?? ''),
      stream: this.#integer(cell('Stream') ?? ''),
      device,
      process: this.#process(cell),
    }
    if (device !== undefined && !this.devices.has(device)) this.devices.set(device, cell('CC'))
    return facts
  }

  /** Launches repeat a few of them. */
  #extent(text: string): Extent | undefined {
    const known = this.#extents.get(text)
    if (known !== undefined) return known
    const extent = extentOf(text)
    if (extent !== undefined) this.#extents.set(text, extent)
    return extent
  }

  /** So they do of these. */
  #integer(text: string): number | undefined {
    const known = this.#integers.get(text)
    if (known !== undefined) return known
    const integer = integerOf(text)
    if (integer !== undefined) this.#integers.set(text, integer)
    return integer
  }

  #short(name: string): string {
    let short = this.#shortNames.get(name)
    if (short === undefined) {
      short = shortKernelName(name)
      this.#shortNames.set(name, short)
    }
    return short
  }

  #process(cell: Cell): number | undefined {
    const pid = this.#integer(cell('Process ID') ?? '')
    if (pid === undefined) return undefined
    const path = cell('Process Name') ?? ''
    let name = this.#fileNames.get(path)
    if (name === undefined) {
      name = baseName(path)
      this.#fileNames.set(path, name)
    }
    if (this.#lastProcess?.pid === pid && this.#lastProcess.name === name) return this.#lastProcess.index
    const key = `${pid} ${name}`
    let index = this.#processIndex.get(key)
    if (index === undefined) {
      index = this.processes.length
      this.processes.push({ pid, ...(name === '' ? {} : { name }) })
      this.#processIndex.set(key, index)
    }
    this.#lastProcess = { pid, name, index }
    return index
  }
}
