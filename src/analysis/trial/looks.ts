/**
 * Looking again after adding pairs spends the chance of a false alarm: with at most `looks` looks each is judged at Pocock's nominal level, so
 * that all together stay at 5 % (Pocock 1977; facts/baselines.md section 6: 0.0182 for four; peeking after each of ten pairs at 5 % is 18 %).
 */

/** Overall two-sided level. */
export const OVERALL_ALPHA = 0.05

/** Nominal two-sided levels for 1 to 5 looks at 5 % overall (Pocock 1977, table 1). */
const nominal = [0.05, 0.0294, 0.0221, 0.0182, 0.0158] as const

export const MOST_LOOKS = nominal.length

/** @param looks planned before the first one, 1 to 5. */
export function nominalAlpha(looks: number): number {
  const alpha = nominal[looks - 1]
  if (alpha === undefined) throw new RangeError(`1 to ${MOST_LOOKS} looks can be planned, not ${looks}`)
  return alpha
}
