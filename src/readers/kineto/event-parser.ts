/** One trace event: its bytes into fields, in place. Fields of the last event stay until the next `parse`. */
import { Categories, categoryKinds } from './categories.ts'
import { EventArguments } from './event-arguments.ts'
import { NOWHERE } from './member-paths.ts'
import { END, eventFields, eventFieldNumbers as fields } from './member-uses.ts'
import { TextInterner } from './text-interner.ts'
import { type EventMachine, textKinds } from './wasm/event-machine.ts'
import { numbers, words } from './wasm/layout.ts'

/** Codes of process and thread ids that are text: far above any pid. */
export const TEXT_ID_BASE = 2 ** 45
export const NO_ID = -2

/** Kinds whose arguments are read; the rest are stepped over. */
const kindsWithArguments = new Set(['kernel', 'memcpy', 'memset', 'host-call', 'sync'])
const readsArguments = categoryKinds.map((kind) => kindsWithArguments.has(kind))

/** `[TP03] 1234` and `stream 7`; a trace has a few threads for each rank. */
const LONGEST_PLACE = 256
const MOST_PLACES = 4096

export class EventParser extends EventArguments {
  readonly names: TextInterner
  readonly categories = new Categories()

  /** First byte of `ph`; 0 where absent. */
  phase = 0
  category = 0
  /** Id in `names`; -1 where absent. */
  name = -1
  pid = NO_ID
  tid = NO_ID
  /** Microseconds, NaN where absent; nanoseconds beyond them. */
  startUs = Number.NaN
  startNs = 0
  durationUs = Number.NaN
  durationNs = 0
  hasFraction = false
  /** Where the arguments stand in the window; -1 where absent. */
  argumentsAt = -1
  readonly #root = this.paths.root()

  /** @param machine Reads plain events; everything it does not know comes to the code below, which teaches it. */
  constructor(maxNesting: number, maxTextBytes: number, machine?: EventMachine) {
    super(maxNesting)
    this.names = new TextInterner(maxTextBytes)
    if (machine === undefined) return
    this.machine = machine
    this.paths.teach(machine)
    this.names.teach(machine, textKinds.name)
    this.ids.teach(machine, textKinds.id)
    this.categories.teach(machine)
    machine.setRoot(0, NOWHERE)
  }

  /** A window of `bytes` bytes at least: the program reads in its own memory only. */
  makeWindow(bytes: number): Buffer {
    const window = this.machine?.window
    return window !== undefined && window.length >= bytes ? window : Buffer.alloc(bytes)
  }

  /** Parses the object whose `{` stands at `at`; returns the position behind its `}`, NEED_MORE or MALFORMED. */
  parse(at: number): number {
    const { machine } = this
    if (machine !== undefined && this.bytes === machine.window) {
      const after = machine.run(at, this.end)
      if (after > 0) {
        this.#take(machine)
        return after
      }
    }
    return this.#parse(at)
  }

  /** What the program found in an event. */
  #take(machine: EventMachine): void {
    this.phase = machine.word(words.phase)
    this.category = machine.word(words.category)
    this.name = machine.word(words.name)
    this.pid = this.#placeOf(machine.number(numbers.pid), machine.word(words.pidText))
    this.tid = this.#placeOf(machine.number(numbers.tid), machine.word(words.tidText))
    this.startUs = machine.number(numbers.startUs)
    this.startNs = machine.thousandths(numbers.startUs)
    this.durationUs = machine.number(numbers.durationUs)
    this.durationNs = machine.thousandths(numbers.durationUs)
    this.hasFraction = machine.word(words.fraction) !== 0
    this.argumentsAt = machine.word(words.argumentsAt)
    this.takeArguments(machine)
  }

  #parse(at: number): number {
    this.#reset()
    let argumentsRead = false
    let node = this.#root
    let isFirst = true
    at += 1
    for (;;) {
      at = this.nextMember(at, node, isFirst, eventFields)
      if (at < 0) return at
      const { field } = this
      node = this.node
      isFirst = false
      if (field === END) {
        if (!argumentsRead) this.#readEarlyArguments()
        return at
      }
      if (field === fields.args) {
        this.argumentsAt = at
        argumentsRead = this.#readsArguments()
        at = argumentsRead ? this.readArguments(at, this.category) : this.afterValue(at)
      } else at = this.#field(field, at)
      if (at < 0) return at
    }
  }

  #readsArguments(): boolean {
    return readsArguments[this.categories.kinds[this.category] as number] === true
  }

  /** Arguments that stood before their category. */
  #readEarlyArguments(): void {
    if (this.argumentsAt >= 0 && this.#readsArguments()) this.readArguments(this.argumentsAt, this.category)
  }

  /** Text of `args.name` (metadata events only: not a hot path). */
  argumentName(): string | undefined {
    if (this.argumentsAt < 0) return undefined
    const end = this.afterValue(this.argumentsAt)
    if (end < 0) return undefined
    try {
      const value: unknown = JSON.parse(this.bytes.toString('utf8', this.argumentsAt, end))
      const name = typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined
      return typeof name === 'string' ? name : undefined
    } catch {
      return undefined
    }
  }

  #reset(): void {
    this.phase = 0
    this.category = 0
    this.name = -1
    this.pid = NO_ID
    this.tid = NO_ID
    this.startUs = Number.NaN
    this.startNs = 0
    this.durationUs = Number.NaN
    this.durationNs = 0
    this.hasFraction = false
    this.argumentsAt = -1
    this.resetArguments()
  }

  #field(field: number, at: number): number {
    switch (field) {
      case fields.ph:
        return this.#phase(at)
      case fields.ts:
        return this.#start(at)
      case fields.cat:
        return this.#category(at)
      case fields.pid:
        return this.#pid(at)
      case fields.tid:
        return this.#tid(at)
      case fields.dur:
        return this.#duration(at)
      case fields.name:
        return this.#name(at)
      default:
        return this.afterValue(at)
    }
  }

  #phase(at: number): number {
    const { bytes } = this
    if (bytes[at] !== 34) return this.afterValue(at)
    const quote = this.closingQuote(at + 1)
    if (quote < 0) return quote
    this.phase = quote > at + 1 ? (bytes[at + 1] as number) : 0
    return quote + 1
  }

  #name(at: number): number {
    if (this.bytes[at] !== 34) return this.afterValue(at)
    const quote = this.closingQuote(at + 1)
    if (quote < 0) return quote
    this.name = this.names.find(this, at + 1, quote)
    return quote + 1
  }

  #category(at: number): number {
    if (this.bytes[at] !== 34) return this.afterValue(at)
    const quote = this.closingQuote(at + 1)
    if (quote < 0) return quote
    this.category = this.categories.find(this, at + 1, quote)
    if (!this.#readsArguments()) this.machine?.setRoot(this.category, NOWHERE)
    return quote + 1
  }

  #start(at: number): number {
    const { number } = this
    const next = number.read(this, at)
    this.startUs = number.whole
    this.startNs = number.thousandths
    if (number.hasFraction) this.hasFraction = true
    return next
  }

  #duration(at: number): number {
    const { number } = this
    const next = number.read(this, at)
    this.durationUs = number.whole
    this.durationNs = number.thousandths
    if (number.hasFraction) this.hasFraction = true
    return next
  }

  #pid(at: number): number {
    const next = this.#id(at)
    this.pid = this.#lastId
    return next
  }

  #tid(at: number): number {
    const next = this.#id(at)
    this.tid = this.#lastId
    return next
  }

  #lastId = NO_ID
  #id(at: number): number {
    const next = this.number.read(this, at)
    const { whole } = this.number
    this.#lastId = NO_ID
    if (!Number.isNaN(whole)) this.#lastId = whole
    else if (next > 0 && this.bytes[at] === 34) this.#lastId = TEXT_ID_BASE + this.ids.find(this, at + 1, next - 1)
    if (next > 0 && this.bytes[at] === 34) this.#teachPlace(at + 1, next - 1)
    return next
  }

  /** Processes and threads that are text, as the program numbers them: number in the text, or id of the text. */
  readonly #places: number[] = []
  readonly #placeTexts = new Set<string>()

  #teachPlace(start: number, end: number): void {
    if (this.machine === undefined || end - start > LONGEST_PLACE || this.#places.length >= MOST_PLACES) return
    const text = this.bytes.toString('latin1', start, end)
    if (this.#placeTexts.has(text)) return
    this.#placeTexts.add(text)
    this.machine.addText(textKinds.place, this.bytes.subarray(start, end), this.#places.push(this.#lastId) - 1)
  }

  #placeOf(number: number, text: number): number {
    if (text >= 0) return this.#places[text] as number // taught above
    return Number.isNaN(number) ? NO_ID : number
  }
}
