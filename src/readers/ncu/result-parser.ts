/** One profiled kernel launch or range: a message of a report. */
import type { CounterResult, Extent, RuleOutcome } from '#model/kernel-counters.ts'
import type { CounterColumns } from './counter-columns.ts'
import { parseNvtxState } from './nvtx-state.ts'
import { addPlainMetrics } from './plain-metric.ts'
import { RuleResultParser } from './rule-results.ts'
import { RepeatedTexts, type UnknownFields, WireCursor } from './wire.ts'

/** Field numbers that the two kinds of result use differently; -1 = has none. */
interface Layout {
  readonly message: string
  readonly scope: CounterResult['scope']
  readonly mangled: number
  readonly function: number
  readonly demangled: number
  readonly grid: number
  readonly block: number
  readonly metrics: number
  readonly sections: number
  readonly rules: number
  readonly nvtx: number
  readonly context: number
  readonly stream: number
  readonly clock: number
  readonly last: number
}

export const kernelLayout: Layout = {
  message: 'ProfileResult',
  scope: 'kernel',
  mangled: 5,
  function: 6,
  demangled: 7,
  grid: 10,
  block: 11,
  metrics: 13,
  sections: 17,
  rules: 19,
  nvtx: 21,
  context: 22,
  stream: 23,
  clock: 25,
  last: 30,
}

export const rangeLayout: Layout = {
  message: 'RangeResult',
  scope: 'range',
  mangled: -1,
  function: -1,
  demangled: -1,
  grid: -1,
  block: -1,
  metrics: 4,
  sections: 7,
  rules: -1,
  nvtx: 10,
  context: 11,
  stream: -1,
  clock: 12,
  last: 16,
}

/** What the fields of one result have given so far. */
type Found = { -readonly [Key in keyof CounterResult]: CounterResult[Key] }

export class ResultParser {
  readonly sections = new Set<string>()
  readonly #wire = new WireCursor()
  readonly #unknown: UnknownFields
  readonly #columns: CounterColumns
  readonly #rules: RuleResultParser
  readonly #names = new RepeatedTexts()
  #listMetrics = 0
  #longestList = 0
  /** The value of the metric being read: fields of the parser, because an object per metric is what costs. */
  #kind: 'none' | 'number' | 'text' = 'none'
  #number = Number.NaN
  #text = ''

  constructor(columns: CounterColumns, unknown: UnknownFields) {
    this.#columns = columns
    this.#unknown = unknown
    this.#rules = new RuleResultParser(this.#wire, unknown)
  }

  /** Adds one result to the columns. Throws `WireError`, with the columns as they were. */
  parse(bytes: Uint8Array, layout: Layout, process: number | undefined): void {
    this.#wire.open(bytes)
    this.#listMetrics = 0
    this.#longestList = 0
    try {
      this.#columns.result(this.#fields(bytes.length, layout, process))
    } catch (error) {
      this.#columns.takeBack()
      throw error
    }
  }

  /** One object, filled as fields come: copies of it are what the garbage collector would have to move. */
  #fields(end: number, layout: Layout, process: number | undefined): CounterResult {
    const wire = this.#wire
    const rules: RuleOutcome[] = []
    const found: Found = { scope: layout.scope, rules, nvtx: [] }
    let thread = -1
    // Length-delimited, and a field number below 16: one byte.
    const tag = layout.metrics * 8 + 2
    const { bytes, view } = wire
    for (;;) {
      wire.leave(addPlainMetrics(bytes, view, wire.offset, end, tag, this.#columns))
      if (!wire.next(end)) break
      const { field } = wire
      if (field === layout.metrics) this.#metric()
      else if (field === layout.rules) rules.push(this.#rules.parse())
      else if (field === layout.sections) this.#section()
      else if (field === 1) thread = wire.number()
      else if (field === layout.nvtx) found.nvtx = parseNvtxState(wire, thread, this.#unknown)
      else if (field === layout.clock) found.clock = this.#clock()
      else if (field === layout.context) this.#id(found, 'context')
      else if (field === layout.stream) this.#id(found, 'stream')
      else if (field === layout.grid) found.grid = this.#extent()
      else if (field === layout.block) found.block = this.#extent()
      else if (field === layout.mangled) found.mangledName = wire.repeated(this.#names)
      else if (field === layout.function) found.functionName = wire.repeated(this.#names)
      else if (field === layout.demangled) found.demangledName = wire.repeated(this.#names)
      else if (field <= layout.last) wire.skip()
      else this.#unknown.skip(wire, layout.message)
    }
    if (this.#listMetrics > 0) found.sourceCounters = { metrics: this.#listMetrics, instances: this.#longestList }
    if (process !== undefined) found.process = process
    return found
  }

  #id(found: Found, key: 'context' | 'stream'): void {
    const id = this.#wire.integer()
    if (id !== undefined) found[key] = id
  }

  /** Absent parts of an extent are 0, as the wire format says. */
  #extent(): Extent {
    const wire = this.#wire
    const end = wire.enter()
    const parts: [number, number, number] = [0, 0, 0]
    while (wire.next(end)) {
      if (wire.field <= 3) parts[wire.field - 1] = wire.integer() ?? 0
      else this.#unknown.skip(wire, 'Uint64x3')
    }
    return parts
  }

  #clock(): NonNullable<CounterResult['clock']> {
    const wire = this.#wire
    const end = wire.enter()
    let lockRequested = false
    let locked = false
    while (wire.next(end)) {
      if (wire.field === 1) lockRequested = wire.number() === 1
      else if (wire.field === 2) locked = wire.number() === 1
      else this.#unknown.skip(wire, 'ClockStatus')
    }
    return { lockRequested, locked }
  }

  /** Only the identifier: the rest describes how to draw the section. */
  #section(): void {
    const wire = this.#wire
    const end = wire.enter()
    while (wire.next(end)) {
      if (wire.field === 1 && wire.type === 2) {
        this.sections.add(wire.repeated(this.#names))
        break
      }
      wire.skip()
    }
    wire.leave(end)
  }

  /** Metrics of any shape: those with a text, values per instruction, or more than one number. */
  #metric(): void {
    const wire = this.#wire
    const end = wire.enter()
    let name = 0
    let instances = 0
    this.#kind = 'none'
    while (wire.next(end)) {
      if (wire.field === 1) name = wire.integer() ?? -1
      else if (wire.field === 2) this.#metricValue()
      else if (wire.field === 3) {
        instances += 1
        wire.skip()
      } else if (wire.field === 4) wire.skip()
      else this.#unknown.skip(wire, 'ProfileMetricResult')
    }
    if (instances > 0) {
      this.#listMetrics += 1
      this.#longestList = Math.max(this.#longestList, instances)
    }
    this.#add(name)
  }

  #add(name: number): void {
    if (this.#kind === 'text') this.#columns.text(name, this.#text)
    else this.#columns.number(name, this.#kind === 'number' ? this.#number : Number.NaN)
  }

  /** 1 text, 2 float, 3 double, 4 uint32, 5 uint64: one metric changes its type between versions, so whichever is present counts. */
  #metricValue(): void {
    const wire = this.#wire
    const end = wire.enter()
    while (wire.next(end)) {
      if (wire.field === 1 && wire.type === 2) {
        this.#text = wire.text()
        this.#kind = 'text'
      } else if (wire.field <= 5) {
        this.#number = wire.number()
        this.#kind = 'number'
      } else this.#unknown.skip(wire, 'MetricValue')
    }
  }
}
