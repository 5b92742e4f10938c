/** Where things stand in the memory that the program of events and its teacher share. Addresses and sizes in bytes. */

/** Numbers of the event, doubles of eight bytes: NaN where absent. The last six, grid and block, stay from event to event. */
export const numbers = {
  startUs: 0,
  durationUs: 8,
  pid: 16,
  tid: 24,
  device: 32,
  context: 40,
  stream: 48,
  correlation: 56,
  size: 64,
  graphId: 72,
  elements: 80,
  groupSize: 88,
  sequence: 96,
  grid: 112,
  block: 136,
} as const
/** Reset before each event, two numbers at a time. */
export const RESET_NUMBERS_BYTES = 112
/** Thousandths of the number at half the distance: of start and duration only they mean something. */
export const THOUSANDTHS = 160

/** Integers of the event, four bytes each. */
export const words = {
  phase: 256,
  category: 260,
  /** 1 where start or duration have anything but zeros behind the point. */
  fraction: 264,
  flags: 268,
  name: 272,
  argumentsAt: 276,
  graphNode: 280,
  collective: 284,
  dtype: 288,
  group: 292,
  communicator: 296,
  syncKind: 300,
  /** Ids that are text, as far apart as half of their numbers. */
  pidText: 304,
  tidText: 308,
} as const
/** From `phase` on: what is zero and what is -1 at the beginning of an event. */
export const ZERO_WORDS = { from: words.phase, bytes: 16 } as const
export const NONE_WORDS = { from: words.name, bytes: 48 } as const

/** Bits of `flags`: arguments were read, and which triples among them. */
export const ARGUMENTS_READ = 1
export const GRID_READ = 2
export const BLOCK_READ = 4

/** A byte by code: 1 where it may stand in a number or a word. */
export const LITERALS = 320
/** By category: where the paths of its arguments begin; 0 where not known yet; SKIPPED where they are not read. */
export const ROOTS = LITERALS + 256
export const MOST_CATEGORIES = 256
export const SKIPPED = -1

/** Nodes of the member paths. */
export const NODES = ROOTS + MOST_CATEGORIES * 4
export const NODE_BYTES = 160
/** Within a node: its text, what of each vector of the text counts, and the rest in words. */
export const node = { text: 0, mask: 64, length: 128, operation: 132, first: 136, next: 140, isEnd: 144, slot: 148, kind: 152 } as const

/** What the program does with a value, by the field of its key. */
export const operations = { skip: 0, number: 1, text: 2, id: 9, phase: 3, arguments: 4, triple: 5, digits: 6, careful: 7, end: 8 } as const

/** Texts that were seen before: one table of slots for all kinds, filled from the hash on. */
export const TEXT_SLOTS = 65536
/** Slots looked at for one text. */
export const MOST_TRIES = 8
export const SLOT_BYTES = 16
/** Within a slot: address of the bytes (0: free), their number and kind, the hash's high half, the id. */
export const slot = { text: 0, key: 4, hash: 8, id: 12 } as const
/** Bits of a key that say the kind. */
export const KIND_BITS = 2
/** Hash over words of eight bytes: multiply, and fold the high half into the low one, which multiplication does not reach. */
export const HASH_FACTOR = 0x9e3779b97f4a7c15n
export const HASH_FOLD = 32n
/** Longer texts are left to the careful reader. */
export const MOST_TEXT_BYTES = 4096
export const ARENA_BYTES = 4 * 1024 * 1024

export interface Layout {
  readonly slots: number
  readonly arena: number
  readonly window: number
  readonly bytes: number
}

/** Behind the window: vectors are read past its last byte. */
const SLACK_BYTES = 256

export function layoutOf(nodes: number, windowBytes: number): Layout {
  const slots = NODES + nodes * NODE_BYTES
  const arena = slots + (TEXT_SLOTS + MOST_TRIES) * SLOT_BYTES
  // Eight bytes more: a text's last word is read whole.
  const window = arena + ARENA_BYTES + 16
  return { slots, arena, window, bytes: window + windowBytes + SLACK_BYTES }
}
