/**
 * Normal, Student and chi-square distributions, to about 1e-10. Formulas: Abramowitz and Stegun 26; the continued fraction of the
 * incomplete beta and the series of the incomplete gamma by Lentz's method (Numerical Recipes 6.2 and 6.4).
 */

const TINY = 1e-300
const PRECISION = 1e-14

/** Coefficients of Lanczos' approximation, g = 7, n = 9 (Godfrey): relative error below 1e-14. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** Natural logarithm of the gamma function of `x` > 0. */
export function logGamma(x: number): number {
  const shifted = x - 1
  const base = shifted + 7.5
  const sum = lanczos.reduce((total, coefficient, index) => total + (index === 0 ? coefficient : coefficient / (shifted + index)), 0)
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum)
}

function betaFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / guarded(1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; m <= 300; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / guarded(1 + even * d)
    c = guarded(1 + even / c)
    value *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / guarded(1 + odd * d)
    c = guarded(1 + odd / c)
    value *= d * c
    if (Math.abs(d * c - 1) < PRECISION) break
  }
  return value
}

const guarded = (value: number): number => (Math.abs(value) < TINY ? TINY : value)

/** Regularised incomplete beta function I_x(a, b), `x` in 0..1. */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b
}

/** Regularised lower incomplete gamma function P(a, x). */
export function regularizedGamma(a: number, x: number): number {
  if (x <= 0) return 0
  const front = Math.exp(a * Math.log(x) - x - logGamma(a))
  if (x < a + 1) {
    let term = 1 / a
    let sum = term
    for (let n = 1; n < 1000 && Math.abs(term) > Math.abs(sum) * PRECISION; n++) {
      term *= x / (a + n)
      sum += term
    }
    return front * sum
  }
  let b = x + 1 - a
  let c = 1 / TINY
  let d = 1 / b
  let value = d
  for (let n = 1; n < 1000; n++) {
    const step = -n * (n - a)
    b += 2
    d = 1 / guarded(step * d + b)
    c = guarded(b + step / c)
    value *= d * c
    if (Math.abs(d * c - 1) < PRECISION) break
  }
  return 1 - front * value
}

/** Probability that a standard normal value is below `z`. */
export function normalCdf(z: number): number {
  const tail = 0.5 * (1 - regularizedGamma(0.5, (z * z) / 2))
  return z > 0 ? 1 - tail : tail
}

/** Probability that |t| of `df` degrees of freedom is at least |`t`|. `df` may be fractional; infinity is the normal distribution. */
export function studentTwoSided(t: number, df: number): number {
  if (Number.isNaN(t) || !(df > 0)) return Number.NaN
  if (!Number.isFinite(t)) return 0
  if (!Number.isFinite(df)) return 2 * normalCdf(-Math.abs(t))
  return regularizedBeta(df / (df + t * t), df / 2, 0.5)
}

/** The value below which the distribution has `probability`: bisection, then the bracket is the answer to 1e-12 of its size. */
function quantile(cdf: (value: number) => number, probability: number, low: number, high: number): number {
  let [from, to] = [low, high]
  while (cdf(to) < probability && to < 1e12) to *= 2
  for (let step = 0; step < 200 && to - from > 1e-12 * Math.max(1, Math.abs(to)); step++) {
    const middle = (from + to) / 2
    if (cdf(middle) < probability) from = middle
    else to = middle
  }
  return (from + to) / 2
}

const kept = new Map<string, number>()

/** Quantiles repeat for few degrees of freedom: thousands of comparisons ask for the same. */
function once(key: string, compute: () => number): number {
  const known = kept.get(key)
  if (known !== undefined) return known
  const value = compute()
  if (kept.size < 10_000) kept.set(key, value)
  return value
}

/** `t` such that |t| is exceeded with probability `alpha` (two-sided): 12.706 for 0.05 and one degree of freedom. */
export function studentCritical(alpha: number, df: number): number {
  if (!(df > 0) || !(alpha > 0 && alpha < 1)) return Number.NaN
  return once(`t ${alpha} ${df}`, () => quantile((t) => 1 - studentTwoSided(t, df), 1 - alpha, 0, 64))
}

/** Value below which a chi-square variable of `df` degrees of freedom lies with `probability`. */
export function chiSquareQuantile(probability: number, df: number): number {
  return once(`chi ${probability} ${df}`, () => quantile((x) => regularizedGamma(df / 2, x / 2), probability, 0, Math.max(16, 4 * df)))
}

/** Probability that an F variable of (`df1`, `df2`) degrees of freedom is at least `f`. */
export function fisherUpper(f: number, df1: number, df2: number): number {
  if (!(f > 0)) return 1
  return regularizedBeta(df2 / (df2 + df1 * f), df2 / 2, df1 / 2)
}
