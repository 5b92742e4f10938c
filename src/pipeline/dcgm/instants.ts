/** Instants as people give them on a command line. */
import { SextantError } from '#base/errors.ts'

const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/
const SECONDS = /^\d{9,11}(\.\d+)?$/

/** Epoch milliseconds of ISO 8601 with its zone, or of seconds since 1970. Throws `usage`. */
export function instantMs(text: string, flag: string): number {
  const epochMs = SECONDS.test(text) ? Math.round(Number(text) * 1000) : ISO.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN
  if (Number.isFinite(epochMs)) return epochMs
  throw new SextantError(
    'usage',
    `${flag} ${text} is no instant with a zone`,
    'Write it as 2026-01-01T10:00:00Z, with +02:00 for Z, or as seconds since 1970.',
  )
}
