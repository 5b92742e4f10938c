/**
 * One value of those that wait is counted for each token that the list program reads. Its mean is one division after another, each on the
 * result of the last (Welford): alone it takes as long as reading the next number, beside it next to nothing. The arithmetic is that of
 * `Distribution`, operation by operation.
 */

import { BINS, binOffset, type CountedState, MANTISSA_BITS, type ValueCounter } from '#model/value-counter.ts'
import { type Code, code, constant, double, f64, get, i32, i64, memory, select, set, tee, types, when } from '#readers/wasm/assembler.ts'

/** Values that may wait. */
const QUEUE_VALUES = 4096
const STATE_BYTES = 128
export const COUNT_BYTES = STATE_BYTES + QUEUE_VALUES * 8 + BINS * 8

/** Locals of the step, behind those of the program: two addresses, a bin and whether values are rounded, then doubles. */
const LOCALS = ['next', 'end', 'bin', 'rounds', 'scale', 'count', 'sum', 'min', 'max', 'mean', 'squares', 'value', 'before'] as const
type Local = (typeof LOCALS)[number]
export const countLocals: readonly number[] = LOCALS.map((_, index) => (index < 4 ? types.i32 : types.double))

const state = ['count', 'sum', 'min', 'max', 'mean', 'squares'] as const

export interface CountStep {
  /** At the start of the program, where a token has been read, while any waits, and before the program returns. */
  readonly load: Code
  readonly step: Code
  readonly waits: Code
  readonly store: Code
}

/** `address`: of COUNT_BYTES bytes, a multiple of 8; `firstLocal`: the number of the first of its locals. */
export function countStep(address: number, firstLocal: number): CountStep {
  const local = (name: Local): number => firstLocal + LOCALS.indexOf(name)
  const read = (name: Local): Code => get(local(name))
  const write = (name: Local): Code => set(local(name))
  const bins = address + STATE_BYTES + QUEUE_VALUES * 8
  const place = (index: number): number => address + 8 + index * 8
  const scaleAt = place(state.length)
  const waits = code(read('next'), read('end'), i32.lessUnsigned)
  const bin = code(
    code(read('value'), i64.fromDouble, constant(52 - MANTISSA_BITS), i64.extendUnsigned, i64.shiftRight, i32.wrap),
    code(constant(binOffset), i32.subtract, tee(local('bin')), constant(BINS - 1), read('bin'), constant(BINS), i32.lessUnsigned, select),
    code(constant(0), read('value'), double(1), f64.greater, select, constant(3), i32.shiftLeft, write('bin')),
    code(read('bin'), read('bin'), memory.loadDouble(bins), double(1), f64.add, memory.storeDouble(bins)),
  )
  const moments = code(
    code(read('sum'), read('value'), f64.add, write('sum')),
    code(read('value'), read('min'), read('value'), read('min'), f64.less, select, write('min')),
    code(read('value'), read('max'), read('value'), read('max'), f64.greater, select, write('max')),
    code(read('count'), double(1), f64.add, write('count')),
    code(read('value'), read('mean'), f64.subtract, write('before')),
    code(read('mean'), read('before'), read('count'), f64.divide, f64.add, write('mean')),
    code(read('squares'), read('before'), read('value'), read('mean'), f64.subtract, f64.multiply, f64.add, write('squares')),
  )
  return {
    load: code(
      code(constant(0), memory.loadI32(address), write('next'), constant(0), memory.loadI32(address + 4), write('end')),
      code(constant(0), memory.loadDouble(scaleAt), write('scale'), constant(0), memory.loadI32(scaleAt + 8), write('rounds')),
      ...state.map((name, index) => code(constant(0), memory.loadDouble(place(index)), write(name))),
    ),
    waits,
    step: code(
      waits,
      when(
        code(
          code(read('next'), memory.loadDouble(0), read('scale'), f64.multiply, tee(local('value'))),
          // As Math.round: up, and one less where that is more than a half away.
          code(f64.ceiling, tee(local('before')), double(0.5), f64.subtract, read('value'), f64.greater, set(local('bin'))),
          code(read('before'), double(1), f64.subtract, read('before'), read('bin'), select, read('value'), read('rounds'), select),
          write('value'),
          code(read('next'), constant(8), i32.add, write('next')),
          bin,
          moments,
        ),
      ),
    ),
    store: code(
      code(constant(0), read('next'), memory.storeI32(address)),
      ...state.map((name, index) => code(constant(0), read(name), memory.storeDouble(place(index)))),
    ),
  }
}

/** The values that wait, in the program's memory; `drain` runs the program until none does. */
export class QueuedCounter implements ValueCounter {
  readonly bins: Float64Array
  readonly #queue: Float64Array
  readonly #state: Float64Array
  /** Addresses of the next one and of the end. */
  readonly #range: Uint32Array
  readonly #scale: Float64Array
  readonly #rounds: Int32Array
  readonly #drain: () => void

  constructor(buffer: ArrayBuffer, address: number, drain: () => void) {
    this.#range = new Uint32Array(buffer, address, 2)
    this.#state = new Float64Array(buffer, address + 8, state.length)
    this.#scale = new Float64Array(buffer, address + 8 + state.length * 8, 1)
    this.#rounds = new Int32Array(buffer, address + 16 + state.length * 8, 1)
    this.#queue = new Float64Array(buffer, address + STATE_BYTES, QUEUE_VALUES)
    this.bins = new Float64Array(buffer, address + STATE_BYTES + QUEUE_VALUES * 8, BINS)
    this.#drain = drain
  }

  begin(bins: Float64Array, { count, sum, min, max, mean, squares }: CountedState): void {
    this.bins.set(bins)
    this.#state.set([count, sum, min, max, mean, squares])
  }

  add(values: Float64Array, from: number, to: number, scale: number, isRounded: boolean): void {
    const queue = this.#queue
    const range = this.#range
    if (this.#scale[0] !== scale || (this.#rounds[0] === 1) !== isRounded) {
      this.#drain()
      this.#scale[0] = scale
      this.#rounds[0] = isRounded ? 1 : 0
    }
    for (let at = from; at < to; ) {
      if (range[0] === range[1]) range.fill(queue.byteOffset)
      const place = ((range[1] as number) - queue.byteOffset) >>> 3
      const count = Math.min(to - at, queue.length - place)
      if (count === 0) {
        this.#drain()
        continue
      }
      queue.set(values.subarray(at, at + count), place)
      range[1] = queue.byteOffset + (place + count) * 8
      at += count
    }
  }

  state(): CountedState {
    this.#drain()
    const [count = 0, sum = 0, min = 0, max = 0, mean = 0, squares = 0] = this.#state
    return { count, sum, min, max, mean, squares }
  }
}
