/** The arguments of a device or runtime event that matter: a whitelist, read in place; every other key is stepped over. */

import { MemberCursor } from './member-cursor.ts'
import { argumentFields, END, fieldOfArgument } from './member-uses.ts'
import { NumberToken } from './number-token.ts'
import { TextInterner } from './text-interner.ts'
import type { EventMachine } from './wasm/event-machine.ts'
import { ARGUMENTS_READ, BLOCK_READ, GRID_READ, numbers, words } from './wasm/layout.ts'

export class EventArguments extends MemberCursor {
  readonly number = new NumberToken()
  /** The program that reads plain events, where there is one. */
  protected machine: EventMachine | undefined
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
    if (!this.#isFilled) return
    this.#isFilled = false
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

  /** Whether an argument may hold something since the last reset: most events of a trace have none that is read. */
  #isFilled = false
  /** Where the paths of each category's arguments begin. */
  readonly #roots: number[] = []

  #rootOf(category: number): number {
    const known = this.#roots[category]
    if (known !== undefined) return known
    const root = this.paths.root()
    this.#roots[category] = root
    if (root >= 0) this.machine?.setRoot(category, root)
    return root
  }

  /** What the program found in the arguments of an event. */
  protected takeArguments(machine: EventMachine): void {
    this.resetArguments()
    const flags = machine.word(words.flags)
    if ((flags & ARGUMENTS_READ) === 0) return
    this.#isFilled = true
    this.device = machine.number(numbers.device)
    this.context = machine.number(numbers.context)
    this.stream = machine.number(numbers.stream)
    this.correlation = machine.number(numbers.correlation)
    this.size = machine.number(numbers.size)
    this.graphId = machine.number(numbers.graphId)
    this.graphNode = machine.word(words.graphNode)
    this.collective = machine.word(words.collective)
    this.elements = machine.number(numbers.elements)
    this.dtype = machine.word(words.dtype)
    this.groupSize = machine.number(numbers.groupSize)
    this.group = machine.word(words.group)
    this.communicator = machine.word(words.communicator)
    this.sequence = machine.number(numbers.sequence)
    this.syncKind = machine.word(words.syncKind)
    if ((flags & GRID_READ) !== 0) this.#takeTriple(machine, numbers.grid, 0)
    if ((flags & BLOCK_READ) !== 0) this.#takeTriple(machine, numbers.block, 3)
  }

  #takeTriple(machine: EventMachine, from: number, first: number): void {
    for (let index = 0; index < 3; index++) this.geometry[first + index] = machine.number(from + index * 8)
    if (first === 3) this.hasGeometry = true
  }

  /** Reads the object at `at`, arguments of an event of this category; returns the position behind it, or why not. */
  readArguments(at: number, category: number): number {
    if (this.bytes[at] !== 123) return this.afterValue(at)
    this.resetArguments()
    this.#isFilled = true
    let node = this.#rootOf(category)
    let isFirst = true
    at += 1
    for (;;) {
      at = this.nextMember(at, node, isFirst, fieldOfArgument)
      if (at < 0) return at
      const { field } = this
      if (field === END) return at
      node = this.node
      isFirst = false
      at = field === 0 ? this.afterValue(at) : this.#argument(field, at)
      if (at < 0) return at
    }
  }

  #argument(field: number, at: number): number {
    const { number } = this
    switch (field) {
      case argumentFields.device:
        at = number.read(this, at)
        this.device = number.whole
        return at
      case argumentFields.context:
        at = number.read(this, at)
        this.context = number.whole
        return at
      case argumentFields.stream:
        at = number.read(this, at)
        this.stream = number.whole
        return at
      case argumentFields.correlation:
        at = number.read(this, at)
        this.correlation = number.whole
        return at
      case argumentFields.bytes:
        at = number.read(this, at)
        this.size = number.whole
        return at
      case argumentFields.grid:
        return this.#triple(at, 0)
      case argumentFields.block:
        return this.#triple(at, 3)
      default:
        return this.#rareArgument(field, at)
    }
  }

  #rareArgument(field: number, at: number): number {
    const { number } = this
    switch (field) {
      case argumentFields['graph id']:
        at = number.read(this, at)
        this.graphId = number.whole
        return at
      case argumentFields['In msg nelems']:
        at = number.read(this, at)
        this.elements = number.whole
        return at
      case argumentFields['Group size']:
        at = number.read(this, at)
        this.groupSize = number.whole
        return at
      case argumentFields.Seq:
        at = number.read(this, at)
        this.sequence = number.whole
        return at
      case argumentFields['graph node id']: {
        const next = this.afterValue(at)
        if (next > 0 && !(next === at + 1 && this.bytes[at] === 48)) this.graphNode = this.ids.find(this, at, next)
        return next
      }
      case argumentFields['Collective name']:
        this.collective = this.#text(at)
        break
      case argumentFields.dtype:
        this.dtype = this.#text(at)
        break
      case argumentFields['Process Group Name']:
        this.group = this.#text(at)
        break
      case argumentFields['Comms Id']:
        this.communicator = this.#text(at)
        break
      case argumentFields.cuda_sync_kind:
        this.syncKind = this.#text(at)
        break
    }
    return this.afterValue(at)
  }

  /** Id in `ids` of a text (without quotes) or a literal at `at`; -1 where it does not end in the window. */
  #text(at: number): number {
    const next = this.afterValue(at)
    if (next < 0) return -1
    return this.bytes[at] === 34 ? this.ids.find(this, at + 1, next - 1) : this.ids.find(this, at, next)
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
