/** Numbers as a person reads them. JSON never uses these: there the unit is in the name and the value is exact. */

/** Three significant digits below 1000, no exponent, no trailing loss: 0.00123, 1.71, 12.3, 123, 1234. */
export function significant(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return 'unknown'
  // Rounded first: 999.6 has four digits before the point at three significant ones.
  const magnitude = Math.abs(Number(value.toPrecision(digits)))
  if (magnitude === 0) return '0'
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(magnitude)))
  return value.toFixed(Math.min(decimals, 12))
}

interface Unit {
  readonly name: string
  readonly size: number
}

function scaled(value: number, units: readonly Unit[]): string {
  const magnitude = Math.abs(value)
  let chosen = units[0]
  // 999.5 of one unit would print as 1000 of it: take the next one.
  for (const unit of units) if (magnitude >= unit.size * 0.9995) chosen = unit
  return chosen === undefined ? significant(value) : `${significant(value / chosen.size)} ${chosen.name}`
}

const durations: readonly Unit[] = [
  { name: 'ns', size: 1 },
  { name: 'us', size: 1e3 },
  { name: 'ms', size: 1e6 },
  { name: 's', size: 1e9 },
]

const byteSizes: readonly Unit[] = [
  { name: 'B', size: 1 },
  { name: 'kB', size: 1e3 },
  { name: 'MB', size: 1e6 },
  { name: 'GB', size: 1e9 },
  { name: 'TB', size: 1e12 },
]

/** `1.71 ms`. Absent or NaN is `unknown`, never 0. */
export function formatDuration(durationNs: number | undefined): string {
  return durationNs === undefined || !Number.isFinite(durationNs) ? 'unknown' : scaled(durationNs, durations)
}

/** Decimal multiples, as GPU vendors state bandwidths: `4.81 GB`. */
export function formatBytes(bytes: number | undefined): string {
  return bytes === undefined || !Number.isFinite(bytes) ? 'unknown' : scaled(bytes, byteSizes)
}

/** Ratio 0..1 as `12.3 %`; one decimal, so that columns align. A share that is not zero never prints as zero. */
export function formatRatio(ratio: number | undefined): string {
  if (ratio === undefined || !Number.isFinite(ratio)) return 'unknown'
  const percent = ratio * 100
  if (percent !== 0 && Math.abs(percent) < 0.05) return percent > 0 ? '<0.1 %' : '>-0.1 %'
  return `${percent.toFixed(1)} %`
}

/** `1 234 567`: a thin group keeps long counts readable; a plain space survives every terminal. */
export function formatCount(count: number | undefined): string {
  if (count === undefined || !Number.isFinite(count)) return 'unknown'
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ' ')
}
