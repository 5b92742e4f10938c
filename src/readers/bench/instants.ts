/** Wall-clock times of results. A text without a zone is kept and joins nothing: hours may lie between it and any other clock. */
import type { Instant } from '#model/bench-result.ts'

/** `20250923-040855` of vLLM: local time of an unknown place. */
export function localDate(text: string): Instant {
  return { text, zone: 'absent' }
}

const ISO = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9})\d*)?(Z|[+-]\d{2}:?\d{2})?$/

/** ISO 8601 with any number of digits behind the second; undefined where it is none. */
export function isoInstant(text: string): Instant | undefined {
  const match = ISO.exec(text.trim())
  if (match === null) return undefined
  const [, day, time, fraction = '', zone] = match
  if (zone === undefined) return { text, zone: 'absent' }
  const offset = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`
  const epochMs = Date.parse(`${day}T${time}${offset}`)
  if (!Number.isFinite(epochMs)) return undefined
  return { text, zone: 'utc', epochNs: String(BigInt(epochMs) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))) }
}

/** Seconds since 1970 as a JSON number: a double holds them to about 240 ns. */
export function unixSeconds(seconds: number): Instant | undefined {
  if (!Number.isFinite(seconds) || seconds < 1e8 || seconds > 1e11) return undefined
  const whole = Math.floor(seconds)
  return {
    text: String(seconds),
    zone: 'utc',
    epochNs: String(BigInt(whole) * 1_000_000_000n + BigInt(Math.round((seconds - whole) * 1e9))),
  }
}

export function epochNanoseconds(decimal: string): Instant {
  return { text: decimal, zone: 'utc', epochNs: decimal }
}

/** Whatever a column of times holds: ISO text or seconds since 1970. */
export function anyInstant(value: string | number | boolean): Instant | undefined {
  if (typeof value === 'number') return unixSeconds(value)
  if (typeof value !== 'string') return undefined
  return isoInstant(value) ?? (/^\d{9,11}(\.\d+)?$/.test(value) ? unixSeconds(Number(value)) : undefined)
}
