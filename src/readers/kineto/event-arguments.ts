/** The arguments of a device or runtime event that matter: a whitelist, read in place; every other key is stepped over. */
import { ByteCursor } from './byte-cursor.ts'
import { NumberToken } from './number-token.ts'
import { TextInterner } from './text-interner.ts'

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

export class EventArguments extends ByteCursor {
  readonly number = new NumberToken()
  /** Texts of ids and arguments: process ids that are text, collectives, digits of 64-bit ids. */
  readonly ids = new TextInterner(4096)

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

  resetArguments(): void {
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

  /** Reads the object at `at`; returns the position behind it, or why not. Other values are stepped over. */
  readArguments(at: number): number {
    const { bytes } = this
    if (bytes[at] !== 123) return this.afterValue(at)
    this.resetArguments()
    at = this.afterSpace(at + 1)
    for (;;) {
      // Here also after a trailing comma.
      if (bytes[at] === 125) return at + 1
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
    const { number } = this
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
    const { number } = this
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
      at = this.number.read(this, at)
      if (at < 0) return after
      this.geometry[first + index] = this.number.whole
      at = this.afterSpace(at)
      if (bytes[at] !== (index < 2 ? 44 : 93)) return after
      at = this.afterSpace(at + 1)
    }
    if (first === 3) this.hasGeometry = true
    return after
  }
}
