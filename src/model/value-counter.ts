/** Bins of 1/8192 relative width, and whoever counts values in them faster than a loop of this language does. */

/** 12 bits of mantissa over 64 powers of two: 1 ns to 500 years in 2 MB. */
export const MANTISSA_BITS = 12
export const BINS = 64 << MANTISSA_BITS
/** Sign, exponent and leading mantissa bits of a double above 1, less this, are the number of its bin; beyond the last bin is the last. */
export const binOffset = 1023 << MANTISSA_BITS

/** `mean` and `squares` as of Welford: the running mean, and the sum of squared differences from it. */
export interface CountedState {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly squares: number
}

export interface ValueCounter {
  /** Read them after `state`. */
  readonly bins: Float64Array
  /** Takes over what was counted so far. */
  begin(bins: Float64Array, state: CountedState): void
  /** `values[from, to)` times `scale`, rounded where asked. */
  add(values: Float64Array, from: number, to: number, scale: number, isRounded: boolean): void
  /** After all that was added. */
  state(): CountedState
}
