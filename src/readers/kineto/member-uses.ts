/** Keys of events and of their arguments, by number, and what becomes of their values in the program of plain events. */
import { type MemberUse, textKinds } from './wasm/event-machine.ts'
import { numbers, words } from './wasm/layout.ts'

/** Field of an object's end. */
export const END = 255

export const eventFieldNumbers = { ph: 1, ts: 2, cat: 3, pid: 4, tid: 5, dur: 6, name: 7, args: 8 } as const
export const eventFields: ReadonlyMap<string, number> = new Map(Object.entries(eventFieldNumbers))

/** Names of the arguments, by the field that they fill. No number of an event's own key is among them. */
export const argumentFields = {
  device: 17,
  context: 18,
  stream: 19,
  correlation: 20,
  bytes: 21,
  grid: 22,
  block: 23,
  'graph id': 24,
  'graph node id': 25,
  'Collective name': 26,
  'In msg nelems': 27,
  dtype: 28,
  'Group size': 29,
  'Process Group Name': 30,
  'Comms Id': 31,
  Seq: 32,
  cuda_sync_kind: 33,
} as const
export const fieldOfArgument: ReadonlyMap<string, number> = new Map(Object.entries(argumentFields))

const number = (slot: number): MemberUse => ({ operation: 'number', slot })
const text = (slot: number): MemberUse => ({ operation: 'text', slot, kind: textKinds.id })
/** A process or thread, which may be text. */
const place = (slot: number): MemberUse => ({ operation: 'id', slot, kind: textKinds.place })

const uses: ReadonlyMap<number, MemberUse> = new Map<number, MemberUse>([
  [0, { operation: 'skip' }],
  [END, { operation: 'end' }],
  [eventFieldNumbers.ph, { operation: 'phase' }],
  [eventFieldNumbers.ts, number(numbers.startUs)],
  [eventFieldNumbers.dur, number(numbers.durationUs)],
  [eventFieldNumbers.pid, place(numbers.pid)],
  [eventFieldNumbers.tid, place(numbers.tid)],
  [eventFieldNumbers.cat, { operation: 'text', slot: words.category, kind: textKinds.category }],
  [eventFieldNumbers.name, { operation: 'text', slot: words.name, kind: textKinds.name }],
  [eventFieldNumbers.args, { operation: 'arguments' }],
  [argumentFields.device, number(numbers.device)],
  [argumentFields.context, number(numbers.context)],
  [argumentFields.stream, number(numbers.stream)],
  [argumentFields.correlation, number(numbers.correlation)],
  [argumentFields.bytes, number(numbers.size)],
  [argumentFields['graph id'], number(numbers.graphId)],
  [argumentFields['In msg nelems'], number(numbers.elements)],
  [argumentFields['Group size'], number(numbers.groupSize)],
  [argumentFields.Seq, number(numbers.sequence)],
  [argumentFields.grid, { operation: 'triple', slot: numbers.grid }],
  [argumentFields.block, { operation: 'triple', slot: numbers.block }],
  [argumentFields['graph node id'], { operation: 'digits', slot: words.graphNode, kind: textKinds.id }],
  [argumentFields['Collective name'], text(words.collective)],
  [argumentFields.dtype, text(words.dtype)],
  [argumentFields['Process Group Name'], text(words.group)],
  [argumentFields['Comms Id'], text(words.communicator)],
  [argumentFields.cuda_sync_kind, text(words.syncKind)],
])

/** What the program does with the value of a field; a field without a line here is the careful reader's. */
export function useOf(field: number): MemberUse {
  return uses.get(field) ?? { operation: 'careful' }
}
