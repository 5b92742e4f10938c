/**
 * WebAssembly instructions as bytes: what the decoders of hot formats need and no more.
 * https://webassembly.github.io/spec/core/binary/ (vector instructions included; every Node from 16.4 on runs them).
 */
export type Code = readonly number[]

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest > 127) {
    bytes.push((rest & 127) | 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
  return bytes
}

/** Signed LEB128 of a 32-bit integer. */
function signed(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (;;) {
    const low = rest & 127
    rest >>= 7
    if ((rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0)) return [...bytes, low]
    bytes.push(low | 128)
  }
}

export const get = (local: number): Code => [0x20, ...unsigned(local)]
export const set = (local: number): Code => [0x21, ...unsigned(local)]
export const tee = (local: number): Code => [0x22, ...unsigned(local)]
export const constant = (value: number): Code => [0x41, ...signed(value)]
/** A 64-bit constant. */
export const wide = (value: bigint): Code => {
  const bytes: number[] = [0x42]
  let rest = BigInt.asIntN(64, value)
  for (;;) {
    const low = Number(rest & 127n)
    rest >>= 7n
    if ((rest === 0n && (low & 64) === 0) || (rest === -1n && (low & 64) !== 0)) return [...bytes, low]
    bytes.push(low | 128)
  }
}
/** A double constant. */
export const double = (value: number): Code => [0x44, ...new Uint8Array(Float64Array.of(value).buffer)]
/** The first of two values on the stack where the condition behind them holds, else the second. */
export const select: Code = [0x1b]
export const nan: Code = [0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f]

/** Straight-line code: the parts after one another. A loop: `flat` takes ten times as long, and this runs at the start of a scan. */
export function code(...parts: Code[]): Code {
  const all: number[] = []
  for (const part of parts) for (const byte of part) all.push(byte)
  return all
}
export const block = (...body: Code[]): Code => code([0x02, 0x40], ...body, [0x0b])
export const loop = (...body: Code[]): Code => code([0x03, 0x40], ...body, [0x0b])
export const when = (then: Code, otherwise?: Code): Code =>
  otherwise === undefined ? code([0x04, 0x40], then, [0x0b]) : code([0x04, 0x40], then, [0x05], otherwise, [0x0b])
/** To the end of the enclosing block, or the start of the enclosing loop, `depth` levels out. */
export const branch = (depth: number): Code => [0x0c, ...unsigned(depth)]
export const branchIf = (depth: number): Code => [0x0d, ...unsigned(depth)]
export const leave: Code = [0x0f]

export const i32 = {
  equalsZero: [0x45],
  equal: [0x46],
  notEqual: [0x47],
  lessUnsigned: [0x49],
  greaterSigned: [0x4a],
  greaterUnsigned: [0x4b],
  greaterOrEqualUnsigned: [0x4f],
  trailingZeros: [0x68],
  ones: [0x69],
  add: [0x6a],
  subtract: [0x6b],
  multiply: [0x6c],
  and: [0x71],
  or: [0x72],
  exclusiveOr: [0x73],
  shiftLeft: [0x74],
  shiftRight: [0x76],
  wrap: [0xa7],
} as const satisfies Record<string, Code>

export const i64 = {
  equalsZero: [0x50],
  notEqual: [0x52],
  lessUnsigned: [0x54],
  greaterUnsigned: [0x56],
  trailingZeros: [0x7a],
  add: [0x7c],
  multiply: [0x7e],
  divideUnsigned: [0x80],
  and: [0x83],
  or: [0x84],
  exclusiveOr: [0x85],
  shiftLeft: [0x86],
  shiftRight: [0x88],
  shiftRightSigned: [0x87],
  extendUnsigned: [0xad],
  toDouble: [0xb9],
  asDouble: [0xbf],
  fromDouble: [0xbd],
} as const satisfies Record<string, Code>

export const f64 = {
  less: [0x63],
  greater: [0x64],
  ceiling: [0x9b],
  add: [0xa0],
  subtract: [0xa1],
  multiply: [0xa2],
  divide: [0xa3],
} as const satisfies Record<string, Code>

/** Address on the stack; `offset` is added to it. No alignment is promised. */
const access =
  (...opcode: number[]) =>
  (offset: number): Code => [...opcode, 0, ...unsigned(offset)]

export const memory = {
  loadI32: access(0x28),
  loadByte: access(0x2d),
  loadI64: access(0x29),
  loadDouble: access(0x2b),
  storeI32: access(0x36),
  storeDouble: access(0x39),
  storeByte: access(0x3a),
  loadVector: access(0xfd, 0x00),
  storeVector: access(0xfd, 0x0b),
  /** Eight bytes into the low half. */
  loadHalfVector: access(0xfd, 0x5d),
}

const sixteen = (values: readonly number[]): number[] => Array.from({ length: 16 }, (_, lane) => values[lane] ?? 0)

/** Vectors of sixteen bytes. */
export const vector = {
  constant: (bytes: readonly number[]): Code => [0xfd, 0x0c, ...sixteen(bytes)],
  /** Of two vectors on the stack: lanes 0 to 15 name bytes of the first, 16 to 31 of the second. */
  shuffle: (lanes: readonly number[]): Code => [0xfd, 0x0d, ...sixteen(lanes)],
  /** Bytes of the first vector picked by those of the second; 0 where that is 16 or more. */
  lookUp: [0xfd, 0x0e] as Code,
  byte: (lane: number): Code => [0xfd, 0x16, lane],
  low64: [0xfd, 0x1d, 0] as Code,
  high64: [0xfd, 0x1d, 1] as Code,
  /** Lanes that are equal become all ones. */
  equalBytes: [0xfd, 0x23] as Code,
  greaterUnsigned: [0xfd, 0x28] as Code,
  and: [0xfd, 0x4e] as Code,
  or: [0xfd, 0x50] as Code,
  exclusiveOr: [0xfd, 0x51] as Code,
  anyTrue: [0xfd, 0x53] as Code,
  /** The highest bit of each byte: bit 0 is that of lane 0. */
  bits: [0xfd, 0x64] as Code,
  addBytes: [0xfd, 0x6e] as Code,
  subtractBytes: [0xfd, 0x71] as Code,
  /** Eight lanes of sixteen bits: the low halves of the products. */
  multiply16: [0xfd, 0x95, 0x01] as Code,
  /** Products of eight signed lanes of sixteen bits, neighbours added: four lanes of 32 bits. */
  dot16: [0xfd, 0xba, 0x01] as Code,
  /** Four signed lanes of 32 bits of the first vector, then of the second, as sixteen bits. */
  narrow32: [0xfd, 0x85, 0x01] as Code,
  /** Of eight lanes of sixteen bits, by the count on the stack. */
  shiftRight16: [0xfd, 0x8d, 0x01] as Code,
}

export const types = { i32: 0x7f, i64: 0x7e, double: 0x7c, vector: 0x7b } as const

const section = (id: number, body: Code): number[] => [id, ...unsigned(body.length), ...body]
const name = (text: string): number[] => [text.length, ...Array.from(text, (char) => char.charCodeAt(0))]

/**
 * A module of one exported function `run`, of i32 parameters and an i32 result, over an imported memory `env.memory`.
 * @param locals Types of the locals behind the parameters.
 */
export function assemble(parameters: number, locals: readonly number[], body: Code): Uint8Array {
  const functionBody = [...unsigned(locals.length), ...locals.flatMap((type) => [1, type]), ...body, 0x0b]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, ...unsigned(parameters), ...new Array<number>(parameters).fill(types.i32), 1, types.i32]),
    ...section(2, [1, ...name('env'), ...name('memory'), 2, 0, 0]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('run'), 0, 0]),
    ...section(10, [1, ...unsigned(functionBody.length), ...functionBody]),
  ])
}
