/** One trace event: its bytes into fields, in place. Fields of the last event stay until the next `parse`. */
import { ByteCursor } from './byte-cursor.ts'
import { Categories, categoryKinds } from './categories.ts'
import { NumberToken } from './number-token.ts'
import { TextInterner } from './text-interner.ts'

/** Codes of process and thread ids that are text: far above any pid. */
export const TEXT_ID_BASE = 2 ** 45
export const NO_ID = -2

const argumentNames = {
  device: 'device',
  context: 'context',
  stream: 'stream',
  correlation: 'correlation',
  bytes: 'bytes',
  grid: 'grid',
  block: 'block',
  graphId: 'graph id',
  graphNodeId: 'graph node id',
  collective: 'Collective name',
  elements: 'In msg nelems',
  dtype: 'dtype',
  groupSize: 'Group size',
  group: 'Process Group Name',
  communicator: 'Comms Id',
  sequence: 'Seq',
  syncKind: 'cuda_sync_kind',
} as const
const keyBytes = Object.fromEntries(Object.entries(argumentNames).map(([key, text]) => [key, Buffer.from(text)])) as Record<
  keyof typeof argumentNames,
  Buffer
>

/** Kinds whose arguments are read; the rest are stepped over. */
const kindsWithArguments = new Set(['kernel', 'memcpy', 'memset', 'host-call', 'sync'])
const readsArguments = categoryKinds.map((kind) => kindsWithArguments.has(kind))

export class EventParser extends ByteCursor {
  readonly names: TextInterner
  readonly ids = new TextInterner(4096)
  readonly categories = new Categories()
  readonly #number = new NumberToken()

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

  device = Number.NaN
  context = Number.NaN
  stream = Number.NaN
  correlation = Number.NaN
  size = Number.NaN
  graphId = Number.NaN
  /** Interned text of the digits (64-bit ids): index in `ids`; -1 where absent or zero. */
  graphNode = -1
  readonly geometry = new Float64Array(6)
  hasGeometry = false
  collective = -1
  elements = Number.NaN
  dtype = -1
  groupSize = Number.NaN
  group = -1
  communicator = -1
  sequence = Number.NaN
  syncKind = -1

  constructor(maxNesting: number, maxTextBytes: number) {
    super(maxNesting)
    this.names = new TextInterner(maxTextBytes)
  }

  /** Parses the object whose `{` stands at `at`; returns the position behind its `}`, NEED_MORE or MALFORMED. */
  parse(at: number): number {
    const { bytes } = this
    this.#reset()
    let argumentsRead = false
    at = this.afterSpace(at + 1)
    if (bytes[at] === 125) return at + 1
    for (;;) {
      if (bytes[at] !== 34) return this.fail(at)
      const key = at + 1
      const quote = this.closingQuoteOfKey(key)
      if (quote < 0) return quote
      at = this.afterSpace(quote + 1)
      if (bytes[at] !== 58) return this.fail(at)
      at = this.afterSpace(at + 1)
      if (quote - key === 4 && bytes[key] === 97) {
        this.argumentsAt = at
        argumentsRead = readsArguments[this.categories.kinds[this.category] as number] === true
        at = argumentsRead ? this.#arguments(at) : this.afterValue(at)
      } else at = this.#field(key, quote - key, at)
      if (at < 0) return at
      at = this.afterSpace(at)
      const code = bytes[at] as number
      if (code === 125) {
        // Arguments that stood before their category are read now.
        if (this.argumentsAt >= 0 && !argumentsRead && readsArguments[this.categories.kinds[this.category] as number])
          this.#arguments(this.argumentsAt)
        return at + 1
      }
      if (code !== 44) return this.fail(at)
      at = this.afterSpace(at + 1)
    }
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
    this.#resetArguments()
  }

  #resetArguments(): void {
    this.device = Number.NaN
    this.context = Number.NaN
    this.stream = Number.NaN
    this.correlation = Number.NaN
    this.size = Number.NaN
    this.graphId = Number.NaN
    this.graphNode = -1
    this.hasGeometry = false
    this.collective = -1
    this.elements = Number.NaN
    this.dtype = -1
    this.groupSize = Number.NaN
    this.group = -1
    this.communicator = -1
    this.sequence = Number.NaN
    this.syncKind = -1
  }

  #field(key: number, length: number, at: number): number {
    const { bytes } = this
    const first = bytes[key] as number
    const second = bytes[key + 1] as number
    if (length === 2) {
      if (first === 112 && second === 104) return this.#phase(at)
      if (first === 116 && second === 115) return this.#start(at)
    } else if (length === 3) {
      const third = bytes[key + 2] as number
      if (first === 99 && second === 97 && third === 116) return this.#category(at)
      if (first === 112 && second === 105 && third === 100) return this.#pid(at)
      if (first === 116 && second === 105 && third === 100) return this.#tid(at)
      if (first === 100 && second === 117 && third === 114) return this.#duration(at)
    } else if (length === 4 && first === 110 && second === 97) {
      return this.#name(at)
    }
    return this.afterValue(at)
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
    const quote = this.hashedClosingQuote(at + 1)
    if (quote < 0) return quote
    this.name = this.names.findHashed(this.bytes, at + 1, quote, this.hash)
    return quote + 1
  }

  #category(at: number): number {
    if (this.bytes[at] !== 34) return this.afterValue(at)
    const quote = this.closingQuote(at + 1)
    if (quote < 0) return quote
    this.category = this.categories.find(this.bytes, at + 1, quote)
    return quote + 1
  }

  #start(at: number): number {
    const number = this.#number
    const next = number.read(this, at)
    this.startUs = number.whole
    this.startNs = number.thousandths
    if (number.hasFraction) this.hasFraction = true
    return next
  }

  #duration(at: number): number {
    const number = this.#number
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
    const next = this.#number.read(this, at)
    const { whole } = this.#number
    this.#lastId = NO_ID
    if (!Number.isNaN(whole)) this.#lastId = whole
    else if (next > 0 && this.bytes[at] === 34) this.#lastId = TEXT_ID_BASE + this.ids.find(this.bytes, at + 1, next - 1)
    return next
  }

  #arguments(at: number): number {
    const { bytes } = this
    if (bytes[at] !== 123) return this.afterValue(at)
    this.#resetArguments()
    at = this.afterSpace(at + 1)
    if (bytes[at] === 125) return at + 1
    for (;;) {
      if (bytes[at] !== 34) return this.fail(at)
      const key = at + 1
      const quote = this.closingQuote(key)
      if (quote < 0) return quote
      at = this.afterSpace(quote + 1)
      if (bytes[at] !== 58) return this.fail(at)
      at = this.#argument(key, quote - key, this.afterSpace(at + 1))
      if (at < 0) return at
      at = this.afterSpace(at)
      const code = bytes[at] as number
      if (code === 125) return at + 1
      if (code !== 44) return this.fail(at)
      at = this.afterSpace(at + 1)
    }
  }

  #is(key: number, name: Buffer): boolean {
    const { bytes } = this
    for (let index = 0; index < name.length; index++) if (bytes[key + index] !== name[index]) return false
    return true
  }

  /** By length first: most keys of an event are not wanted, and one comparison tells. */
  #argument(key: number, length: number, at: number): number {
    const number = this.#number
    switch (length) {
      case 6:
        if (this.#is(key, keyBytes.device)) {
          at = number.read(this, at)
          this.device = number.whole
          return at
        }
        if (this.#is(key, keyBytes.stream)) {
          at = number.read(this, at)
          this.stream = number.whole
          return at
        }
        break
      case 7:
        if (this.#is(key, keyBytes.context)) {
          at = number.read(this, at)
          this.context = number.whole
          return at
        }
        break
      case 11:
        if (this.#is(key, keyBytes.correlation)) {
          at = number.read(this, at)
          this.correlation = number.whole
          return at
        }
        break
      case 5:
        if (this.#is(key, keyBytes.bytes)) {
          at = number.read(this, at)
          this.size = number.whole
          return at
        }
        if (this.#is(key, keyBytes.block)) return this.#triple(at, 3)
        if (this.#is(key, keyBytes.dtype)) {
          this.dtype = this.#text(at)
        }
        break
      case 4:
        if (this.#is(key, keyBytes.grid)) return this.#triple(at, 0)
        break
      default:
        return this.#rareArgument(key, length, at)
    }
    return this.afterValue(at)
  }

  #rareArgument(key: number, length: number, at: number): number {
    const number = this.#number
    if (length === 8 && this.#is(key, keyBytes.graphId)) {
      at = number.read(this, at)
      this.graphId = number.whole
      return at
    }
    if (length === 13 && this.#is(key, keyBytes.graphNodeId)) {
      const next = this.afterValue(at)
      if (next > 0 && !(next === at + 1 && this.bytes[at] === 48)) this.graphNode = this.ids.find(this.bytes, at, next)
      return next
    }
    if (length === 13 && this.#is(key, keyBytes.elements)) {
      at = number.read(this, at)
      this.elements = number.whole
      return at
    }
    if (length === 10 && this.#is(key, keyBytes.groupSize)) {
      at = number.read(this, at)
      this.groupSize = number.whole
      return at
    }
    if (length === 3 && this.#is(key, keyBytes.sequence)) {
      at = number.read(this, at)
      this.sequence = number.whole
      return at
    }
    if (length === 15 && this.#is(key, keyBytes.collective)) this.collective = this.#text(at)
    else if (length === 18 && this.#is(key, keyBytes.group)) this.group = this.#text(at)
    else if (length === 8 && this.#is(key, keyBytes.communicator)) this.communicator = this.#text(at)
    else if (length === 14 && this.#is(key, keyBytes.syncKind)) this.syncKind = this.#text(at)
    return this.afterValue(at)
  }

  /** Id in `ids` of a text (without quotes) or a literal at `at`; -1 where it does not end in the window. */
  #text(at: number): number {
    const next = this.afterValue(at)
    if (next < 0) return -1
    return this.bytes[at] === 34 ? this.ids.find(this.bytes, at + 1, next - 1) : this.ids.find(this.bytes, at, next)
  }

  /** `[x, y, z]` into `geometry[first…]`; anything else is stepped over. */
  #triple(at: number, first: number): number {
    const { bytes } = this
    const after = this.afterValue(at)
    if (after < 0 || bytes[at] !== 91) return after
    at = this.afterSpace(at + 1)
    for (let index = 0; index < 3; index++) {
      at = this.#number.read(this, at)
      if (at < 0) return after
      this.geometry[first + index] = this.#number.whole
      at = this.afterSpace(at)
      if (bytes[at] !== (index < 2 ? 44 : 93)) return after
      at = this.afterSpace(at + 1)
    }
    if (first === 3) this.hasGeometry = true
    return after
  }
}
