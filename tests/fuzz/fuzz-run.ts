/** What every fuzz suite shares: how many mutants, which seed, the bars, and the line that says how it went. */

const isSlow = process.env['SEXTANT_SLOW'] === '1'

/** SEXTANT_MUTANTS and SEXTANT_SEED choose others; SEXTANT_SLOW=1 tries 100,000. */
export const mutants = Number(process.env['SEXTANT_MUTANTS'] ?? (isSlow ? 100_000 : 2000))
export const seed = Number(process.env['SEXTANT_SEED'] ?? 20261122)
/** No input of this size may take longer, or more memory (issue 2, point 5). */
export const MAX_MS = 5000
export const MAX_RSS_BYTES = 1024 ** 3

/** Prints what `prove` shows; returns the most memory that this process ever held. */
export function sayFuzz(reader: string, tried: number, slowestMs: number, tally: object = {}): number {
  // The kernel counts kilobytes.
  const peakBytes = process.resourceUsage().maxRSS * 1024
  const counts = Object.entries(tally).map(([name, count]) => `, ${name} ${count}`)
  process.stdout.write(
    `figure: ${reader}: ${tried} mutants, seed ${seed}, slowest ${slowestMs.toFixed(0)} ms, peak RSS ${(peakBytes / 1e6).toFixed(0)} MB${counts.join('')}\n`,
  )
  return peakBytes
}
