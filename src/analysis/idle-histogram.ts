/** Idle-gap lengths on a logarithmic scale: edges at 1, 2 and 5 of every decade of nanoseconds, so that a person can read them. */

/** Lower edges of the bins: 0, 1, 2, 5, 10, … 5e15 ns. Bin `i` holds lengths in [edge i, edge i + 1). */
export const gapBinEdgesNs: readonly number[] = [
  0,
  ...Array.from({ length: 16 }, (_, decade) => [1, 2, 5].map((step) => step * 10 ** decade)).flat(),
]

/** The bin of a length. Called once per gap: a search from the decade that the binary logarithm bounds from below. */
const firstBinOfPower: Uint8Array = Uint8Array.from({ length: 54 }, (_, power) => {
  const lowest = 2 ** power
  let bin = 0
  while (bin + 1 < gapBinEdgesNs.length && (gapBinEdgesNs[bin + 1] as number) <= lowest) bin += 1
  return bin
})
const edges = Float64Array.from([...gapBinEdgesNs, Number.POSITIVE_INFINITY])

export function gapBinOf(lengthNs: number): number {
  if (lengthNs < 1) return 0
  // Bounds: a power of two spans at most two edges, so the loop runs at most twice.
  const power = lengthNs < 4294967296 ? 31 - Math.clz32(lengthNs) : Math.min(53, Math.floor(Math.log2(lengthNs)))
  let bin = firstBinOfPower[power] as number
  while (lengthNs >= (edges[bin + 1] as number)) bin += 1
  return bin
}
