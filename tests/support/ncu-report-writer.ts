/** Writes reports of Nsight Compute for tests: protobuf by hand, one function per message. */

type Field = readonly number[]

function varint(value: number | bigint): number[] {
  const bytes: number[] = []
  let left = BigInt(value)
  do {
    const low = Number(left & 0x7fn)
    left >>= 7n
    bytes.push(left === 0n ? low : low | 0x80)
  } while (left !== 0n)
  return bytes
}

export const number = (field: number, value: number | bigint): Field => [...varint(field * 8), ...varint(value)]
export const text = (field: number, value: string): Field => message(field, [[...new TextEncoder().encode(value)]])
export function message(field: number, parts: readonly Field[]): Field {
  const body = parts.flat()
  return [...varint(field * 8 + 2), ...varint(body.length), ...body]
}
export function double(field: number, value: number): Field {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value, true)
  return [...varint(field * 8 + 1), ...bytes]
}
export function float(field: number, value: number): Field {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return [...varint(field * 8 + 5), ...bytes]
}

/** A metric whose value is the given MetricValue fields. */
export const metric = (nameId: number, ...value: readonly Field[]): Field => message(13, [number(1, nameId), message(2, value)])

function sized(bytes: readonly number[]): number[] {
  const size = bytes.length
  return [size & 0xff, (size >> 8) & 0xff, (size >> 16) & 0xff, size >>> 24, ...bytes]
}

export interface BlockParts {
  readonly strings?: readonly string[]
  readonly sources?: readonly (readonly Field[])[]
  readonly results?: readonly (readonly Field[])[]
  readonly ranges?: readonly (readonly Field[])[]
  readonly commandLists?: readonly (readonly Field[])[]
  readonly graphs?: readonly (readonly Field[])[]
  /** Fields of the session details. */
  readonly session?: readonly Field[]
  /** More fields of the header. */
  readonly header?: readonly Field[]
}

export function block(parts: BlockParts): number[] {
  const { strings = [], sources = [], results = [], ranges = [], commandLists = [], graphs = [], session, header = [] } = parts
  const payload = [sources, results, ranges, commandLists, graphs].flatMap((group) => group.flatMap((each) => sized(each.flat())))
  const fields = [
    number(1, sources.length),
    number(2, results.length),
    ...(session === undefined ? [] : [message(3, session)]),
    message(
      4,
      strings.map((each) => text(1, each)),
    ),
    number(5, payload.length),
    message(6, [number(1, 4242), text(2, 'secret-host.example'), text(3, '/home/someone/app/run')]),
    number(7, ranges.length),
    number(8, commandLists.length),
    number(9, graphs.length),
    ...header,
  ]
  return [...sized(fields.flat()), ...payload]
}

export function report(blocks: readonly BlockParts[], { magic = true } = {}): Uint8Array {
  const head = magic ? [0x4e, 0x56, 0x52, 0, ...sized(number(1, 7))] : []
  return Uint8Array.from([...head, ...blocks.flatMap((each) => block(each))])
}
