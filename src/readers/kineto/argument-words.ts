/** Words in names and arguments of events, and what they mean. */
import type { CopyKind, syncKinds } from '#model/timeline.ts'

/** Bytes of an element by torch's scalar type names, as NCCL arguments carry them. */
const DTYPE_BYTES: Readonly<Record<string, number>> = {
  byte: 1,
  char: 1,
  bool: 1,
  float8_e4m3fn: 1,
  float8_e5m2: 1,
  float8_e4m3fnuz: 1,
  float8_e5m2fnuz: 1,
  short: 2,
  half: 2,
  bfloat16: 2,
  int: 4,
  float: 4,
  long: 8,
  double: 8,
  complexfloat: 8,
  complexdouble: 16,
}

/** Kind of a synchronisation record by its lower-case name. */
export function syncKindOf(text: string): (typeof syncKinds)[number] {
  if (text.includes('wait')) return 'stream-wait-event'
  if (text.includes('event')) return 'event-synchronize'
  if (text.includes('stream')) return 'stream-synchronize'
  return text.includes('context') || text.includes('device') ? 'context-synchronize' : 'unknown'
}

/** Bytes of one element of a torch scalar type, NaN where unknown. */
export function elementBytesOf(dtype: string): number {
  return DTYPE_BYTES[dtype.toLowerCase()] ?? Number.NaN
}

const directions: readonly (readonly [RegExp, CopyKind])[] = [
  [/HtoD|HostToDevice/i, 'host-to-device'],
  [/DtoH|DeviceToHost/i, 'device-to-host'],
  [/DtoD|DeviceToDevice/i, 'device-to-device'],
  [/PtoP|PeerToPeer/i, 'peer-to-peer'],
  [/HtoH|HostToHost/i, 'host-to-host'],
  [/[A-Z]to[A-Z]/, 'other'],
]

/** Direction of a copy by its name: `Memcpy HtoD (Pageable -> Device)`. */
export function copyKindOf(name: string): CopyKind {
  return directions.find(([pattern]) => pattern.test(name))?.[1] ?? 'unknown'
}
