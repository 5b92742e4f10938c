/** How well a share is known from a count of samples. */

/** Two-sided 95 % of the normal distribution. */
const Z = 1.959963984540054

export interface RatioInterval {
  readonly lowRatio: number
  readonly highRatio: number
}

/**
 * Wilson's 95 % interval of a share of `hits` among `total` draws: unlike the plain normal one it stays within 0 and 1 and holds its
 * level for few hits (Brown, Cai, DasGupta 2001). Samples of one stack are not independent: the true interval is wider. NaN for no draws.
 */
export function binomialInterval(hits: number, total: number): RatioInterval {
  if (total <= 0) return { lowRatio: Number.NaN, highRatio: Number.NaN }
  const share = hits / total
  const shrink = 1 + (Z * Z) / total
  const center = (share + (Z * Z) / (2 * total)) / shrink
  const half = (Z / shrink) * Math.sqrt((share * (1 - share)) / total + (Z * Z) / (4 * total * total))
  return { lowRatio: Math.max(0, center - half), highRatio: Math.min(1, center + half) }
}
