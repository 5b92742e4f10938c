/** Samples an engine's metrics endpoint before, during and after a phase. What a gauge read only before and after is no peak. */
import { request } from 'undici'
import { knownMetric } from '#model/metric-names.ts'
import type { MetricQuantity } from '#model/metric-quantity.ts'

/** Twice a second: peaks need a sample a second at least (facts/bench-results.md section 9). */
export const SCRAPE_INTERVAL_MS = 500
const TIMEOUT_MS = 5000
/** An engine's page is well below 1 MiB. */
const MAX_BYTES = 32 * 1024 * 1024

export interface ServerReading {
  readonly quantity: string
  readonly unit: string
  readonly before?: number
  readonly after?: number
  readonly delta?: number
  readonly peak?: number
  readonly mean?: number
}

export interface ServerSamples {
  readonly scrapes: number
  readonly failedScrapes: number
  readonly readings: readonly ServerReading[]
  /** Counters that were lower than a sample earlier: another process answered, or the same after a restart. */
  readonly wentBack: readonly string[]
  /** The first and last page as they came. */
  readonly before: string
  readonly after: string
}

const LINE = /^([A-Za-z_:][A-Za-z0-9_:]*)(?:\{[^\n]*\})?\s+(\S+)/

type Sums = Map<MetricQuantity, { nameOrder: number; sum: number; count: number }>

/** Gauges and counters of the engine, combined over its ranks; a quantity under two of its names counts once, under the first. */
export function engineValues(page: string): Map<MetricQuantity, number> {
  const sums: Sums = new Map()
  for (const line of page.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const match = LINE.exec(line)
    const known = match?.[1] === undefined ? undefined : knownMetric(match[1])
    if (match === null || known === undefined || known.of.level !== 'engine' || known.of.across === 'none' || known.part !== undefined)
      continue
    const value = Number(match[2]) * known.name.factor
    if (!Number.isFinite(value)) continue
    const order = known.of.names.indexOf(known.name)
    const kept = sums.get(known.of)
    if (kept === undefined || order < kept.nameOrder) sums.set(known.of, { nameOrder: order, sum: value, count: 1 })
    else if (order === kept.nameOrder) {
      kept.sum += value
      kept.count += 1
    }
  }
  return new Map([...sums].map(([of, { sum, count }]) => [of, of.across === 'mean' ? sum / count : sum]))
}

async function fetchPage(url: string): Promise<string> {
  const response = await request(url, { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS })
  if (response.statusCode !== 200) {
    await response.body.dump()
    throw new Error(`${url} answered ${response.statusCode}`)
  }
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response.body) {
    const bytes = part as Buffer // without an encoding a body yields buffers
    size += bytes.length
    if (size > MAX_BYTES) throw new Error(`${url} holds more than ${MAX_BYTES} bytes`)
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString('utf8')
}

interface Series {
  readonly first: number
  last: number
  peak: number
  sum: number
  count: number
  wentBack: boolean
}

export class ServerScrape {
  readonly #url: string
  readonly #series = new Map<MetricQuantity, Series>()
  #before: string | undefined
  #after = ''
  #scrapes = 0
  #failed = 0
  #timer: NodeJS.Timeout | undefined
  #under = false

  constructor(url: string) {
    this.#url = url
  }

  /** The first page; throws where there is none. */
  async begin(): Promise<void> {
    this.#take(await fetchPage(this.#url))
    this.#timer = setInterval(() => void this.#again(), SCRAPE_INTERVAL_MS)
  }

  /** One at a time: a server that is slow to answer is not asked again meanwhile. */
  async #again(): Promise<void> {
    if (this.#under) return
    this.#under = true
    try {
      this.#take(await fetchPage(this.#url))
    } catch {
      this.#failed += 1
    } finally {
      this.#under = false
    }
  }

  #take(page: string): void {
    this.#scrapes += 1
    this.#before ??= page
    this.#after = page
    for (const [of, value] of engineValues(page)) {
      const known = this.#series.get(of)
      if (known === undefined) this.#series.set(of, { first: value, last: value, peak: value, sum: value, count: 1, wentBack: false })
      else {
        known.wentBack ||= of.semantics === 'counter' && value < known.last
        known.last = value
        known.peak = Math.max(known.peak, value)
        known.sum += value
        known.count += 1
      }
    }
  }

  /** Takes the last page and answers; a last page that cannot be had is counted, and the one before is the last. */
  async end(): Promise<ServerSamples> {
    clearInterval(this.#timer)
    try {
      this.#take(await fetchPage(this.#url))
    } catch {
      this.#failed += 1
    }
    const readings = [...this.#series].map(([of, series]): ServerReading => {
      const base = { quantity: of.quantity, unit: of.unit, before: series.first, after: series.last }
      if (of.semantics !== 'counter') return { ...base, peak: series.peak, mean: series.sum / series.count }
      // A counter that went back belongs to another process, even where it has overtaken its old value since.
      return series.wentBack ? base : { ...base, delta: series.last - series.first }
    })
    return {
      scrapes: this.#scrapes,
      failedScrapes: this.#failed,
      readings: readings.sort((a, b) => (a.quantity < b.quantity ? -1 : 1)),
      wentBack: [...this.#series].flatMap(([of, { wentBack }]) => (wentBack ? [of.quantity] : [])).sort(),
      before: this.#before ?? '',
      after: this.#after,
    }
  }
}
