/** Instants as files write them, without a clock: pure arithmetic on epoch milliseconds. */

/** `2026-01-01T00:23:00Z`, with milliseconds only where there are some. */
export function utcText(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000Z', 'Z')
}
