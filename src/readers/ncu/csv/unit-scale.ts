/** Pages print each value in a unit chosen for the eye; here all come back to the units that reports store. */

export interface UnitScale {
  /** Absent = the page gives none. */
  readonly unit?: string
  readonly factor: number
}

/** To nanoseconds. */
const timeUnits: Readonly<Record<string, number>> = {
  ns: 1,
  nsecond: 1,
  nanosecond: 1,
  us: 1e3,
  µs: 1e3,
  usecond: 1e3,
  microsecond: 1e3,
  ms: 1e6,
  msecond: 1e6,
  millisecond: 1e6,
  s: 1e9,
  sec: 1e9,
  second: 1e9,
}

/** ncu's K, M, G, T are decimal (its raw page prints 102 400 bytes as 102.40 Kbyte); Ki, Mi, Gi, Ti binary. */
const prefixes: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  p: 1e15,
  ki: 1024,
  mi: 1024 ** 2,
  gi: 1024 ** 3,
  ti: 1024 ** 4,
}

const bytes = /^([kmgtp]i?)?(?:bytes?|b)$/i
const hertz = /^([kmgt])?hz$/i

/** Units that are not scaled by any version (`%`, `inst`, `cycle`, `register/thread`) pass as they are. */
export function unitScale(text: string): UnitScale {
  const unit = text.trim()
  if (unit === '') return { factor: 1 }
  const time = timeUnits[unit] ?? timeUnits[unit.replace(/s$/, '')]
  if (time !== undefined) return { unit: 'ns', factor: time }
  const frequency = hertz.exec(unit)
  if (frequency !== null) return { unit: 'hz', factor: prefixes[(frequency[1] ?? '').toLowerCase()] ?? 1 }
  const [over = '', under] = unit.split('/')
  const size = bytes.exec(over)
  const factor = size === null ? 1 : (prefixes[(size[1] ?? '').toLowerCase()] ?? 1)
  const quantity = size === null ? over : 'byte'
  if (under === undefined) return { unit: quantity, factor }
  const each = timeUnits[under]
  if (each === undefined) return { unit: `${quantity}/${under}`, factor }
  // Per microsecond is a million per second.
  const perSecond = (factor * 1e9) / each
  return { unit: quantity === 'cycle' ? 'hz' : `${quantity}/s`, factor: perSecond }
}

/** 9.408 us is 9408 ns, not 9407.999999999998: the printed digits are all that there is to keep. */
export function scaled(value: number, factor: number): number {
  const product = value * factor
  // What is whole and of at most fifteen digits is its own rounding.
  if (factor === 1 || !Number.isFinite(value) || (Number.isInteger(product) && Math.abs(product) < 1e15)) return product
  return Number(product.toPrecision(15))
}
