/** Collects one cell: converts units once, drops what is no measurement, and says what a reader must know before using it. */
import type {
  BenchCell,
  BenchFinding,
  ContextField,
  CountMetric,
  CountName,
  Instant,
  LatencyDefinition,
  LatencyMetric,
  LatencyQuantity,
  OtherMetric,
  RateMetric,
  RateQuantity,
  RateWindow,
  Statistic,
} from '#model/bench-result.ts'
import { requestsNeeded } from '#model/requests-needed.ts'

export type TimeUnit = 'ns' | 'us' | 'ms' | 's'
export const nsPer: Readonly<Record<TimeUnit, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 }

/** What one value of a file means. */
export type Meaning =
  | {
      readonly as: 'latency'
      readonly quantity: LatencyQuantity
      readonly statistic: Statistic
      readonly unit: TimeUnit
      readonly definition: LatencyDefinition
    }
  | {
      readonly as: 'rate'
      readonly quantity: RateQuantity
      readonly statistic: Statistic
      readonly window: RateWindow
      readonly per?: RateMetric['per']
    }
  | { readonly as: 'count'; readonly name: CountName }
  | { readonly as: 'duration'; readonly unit: TimeUnit }
  | { readonly as: 'other'; readonly name: string; readonly statistic: Statistic; readonly unit: string }
  | { readonly as: 'concurrency' }
  | { readonly as: 'request-rate' }
  | { readonly as: 'trial' }
  | { readonly as: 'started'; readonly instant: Instant }
  | { readonly as: 'ended'; readonly instant: Instant }
  /** `stays`: not a measurement of this cell, but what it was measured on. */
  | { readonly as: 'context'; readonly name: string }
  | { readonly as: 'ignored' }

type Value = string | number | boolean

/**
 * A load generator that is later than this part of the mean TTFT measures itself: the gate on TTFT p50 is 5 % (facts/baselines.md
 * section 3), so such a delay alone would use it up.
 */
const LATE_RATIO = 0.05
/** Achieved below this part of the requested rate is another load: the same 5 %. */
const REACHED_RATIO = 0.95

export class CellBuilder {
  readonly #latencies: (Omit<LatencyMetric, 'estimable' | 'n'> & { readonly n?: number })[] = []
  readonly #rates: RateMetric[] = []
  readonly #counts: CountMetric[] = []
  readonly #others: OtherMetric[] = []
  readonly #context: ContextField[] = []
  readonly #findings: BenchFinding[] = []
  concurrency: number | undefined
  requestRate: number | 'unlimited' | undefined
  trial: number | undefined
  durationNs: number | undefined
  #startedAt: Instant | undefined
  #endedAt: Instant | undefined
  steady: BenchCell['steady']

  /** False where the value does not fit its meaning (a text for a number): then nothing was added. */
  add(key: string, value: Value, meaning: Meaning): boolean {
    if (meaning.as === 'ignored') return true
    if (meaning.as === 'context') {
      this.#context.push({ name: meaning.name, value, key })
      return true
    }
    if (meaning.as === 'started' || meaning.as === 'ended') {
      if (meaning.as === 'started') this.#startedAt = meaning.instant
      else this.#endedAt = meaning.instant
      return true
    }
    if (meaning.as === 'request-rate') return this.#setRate(value)
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number !== 'number' || !Number.isFinite(number)) return false
    this.#addNumber(key, number, meaning)
    return true
  }

  #addNumber(
    key: string,
    value: number,
    meaning: Exclude<Meaning, { as: 'ignored' | 'context' | 'started' | 'ended' | 'request-rate' }>,
  ): void {
    switch (meaning.as) {
      case 'latency': {
        const { quantity, statistic, unit, definition } = meaning
        this.#latency({ quantity, statistic, valueNs: value * scaleOf(unit, statistic), definition, origin: 'reported', key, unit })
        break
      }
      case 'rate': {
        const { quantity, statistic, window, per = 'deployment' } = meaning
        this.#rates.push({ quantity, per, statistic, perSecond: value, window, origin: 'reported', key })
        break
      }
      case 'count':
        this.count(meaning.name, value, key)
        break
      case 'duration':
        if (Number.isFinite(value * nsPer[meaning.unit])) this.durationNs = value * nsPer[meaning.unit]
        break
      case 'other':
        this.#others.push({ name: meaning.name, statistic: meaning.statistic, value, unit: meaning.unit, key })
        break
      case 'concurrency':
        if (value > 0) this.concurrency = value
        break
      case 'trial':
        this.trial = value
    }
  }

  #setRate(value: Value): boolean {
    if (typeof value === 'string' && /^\+?inf(inity)?$/i.test(value.trim())) this.requestRate = 'unlimited'
    else if (Number.isFinite(Number(value)) && Number(value) > 0) this.requestRate = Number(value)
    else return false
    return true
  }

  count(name: CountName, count: number, key: string, origin: CountMetric['origin'] = 'reported'): void {
    if (Number.isFinite(count)) this.#counts.push({ name, count, origin, key })
  }

  /** Beyond what a double holds after its unit is converted: no latency. */
  #latency(metric: Omit<LatencyMetric, 'estimable'>): void {
    if (Number.isFinite(metric.valueNs)) this.#latencies.push(metric)
  }

  rate(metric: Omit<RateMetric, 'origin' | 'per'>): void {
    if (Number.isFinite(metric.perSecond)) this.#rates.push({ ...metric, per: 'deployment', origin: 'recomputed' })
  }

  /** A statistic computed here from the file's own requests. `n` is what it was computed over. */
  recomputed(metric: Omit<LatencyMetric, 'estimable' | 'origin'>): void {
    this.#latency({ ...metric, origin: 'recomputed' })
  }

  finding(finding: BenchFinding): void {
    this.#findings.push(finding)
  }

  finish(id: string): BenchCell {
    const completed = this.#completed()
    if (completed === 0) {
      this.finding({
        code: 'no-successful-requests',
        severity: 'error',
        text: 'no request succeeded: the zeros beside it are not measurements and are left out (a missing local tokenizer under HF_HUB_OFFLINE looks like this)',
      })
    }
    const latencies = completed === 0 ? [] : this.#latencies.map((metric) => withEstimability(metric, completed))
    this.#sayEstimability(latencies)
    this.#sayFailures()
    this.#sayLoad()
    for (const instant of [this.#startedAt, this.#endedAt]) {
      if (instant?.zone === 'absent' && !this.#findings.some(({ code }) => code === 'time-without-zone'))
        this.finding({
          code: 'time-without-zone',
          severity: 'info',
          text: `${instant.text} names no zone: this result is not joined by time`,
        })
    }
    return {
      id,
      ...(this.concurrency === undefined ? {} : { concurrency: this.concurrency }),
      ...(this.requestRate === undefined ? {} : { requestRate: this.requestRate }),
      ...(this.trial === undefined ? {} : { trial: this.trial }),
      ...(this.durationNs === undefined ? {} : { durationNs: this.durationNs }),
      ...(this.#startedAt === undefined ? {} : { startedAt: this.#startedAt }),
      ...(this.#endedAt === undefined ? {} : { endedAt: this.#endedAt }),
      ...(this.steady === undefined ? {} : { steady: this.steady }),
      latencies,
      rates: completed === 0 ? [] : this.#rates,
      counts: this.#counts,
      others: this.#others,
      findings: this.#findings,
      context: this.#context,
    }
  }

  #completed(): number | undefined {
    const counts = this.#counts.filter(({ name }) => name === 'completed')
    return (counts.find(({ origin }) => origin === 'recomputed') ?? counts[0])?.count
  }

  #sayEstimability(latencies: readonly LatencyMetric[]): void {
    const weak = new Set(latencies.filter(({ estimable }) => estimable === 'no').map(({ statistic }) => statistic))
    if (weak.size === 0) return
    const named = [...weak].map((statistic) => `${statistic} needs ${requestsNeeded(statistic)}`).join(', ')
    this.finding({
      code: 'percentile-not-estimable',
      severity: 'warning',
      text: `NOT_ESTIMABLE from ${this.#completed() ?? 'so few'} requests: ${named}`,
    })
  }

  #sayFailures(): void {
    const failed = this.#counts.find(({ name, count }) => name === 'failed' && count > 0)
    if (failed !== undefined)
      this.finding({
        code: 'failed-requests-excluded',
        severity: 'warning',
        text: `${failed.count} failed requests are in no latency of this cell`,
      })
  }

  #sayLoad(): void {
    const mean = (quantity: LatencyQuantity) =>
      this.#latencies.find((each) => each.quantity === quantity && each.statistic === 'mean')?.valueNs
    const delay = mean('schedule-delay')
    const ttft = mean('ttft')
    if (delay !== undefined && ttft !== undefined && delay > LATE_RATIO * ttft) {
      this.finding({
        code: 'load-generator-late',
        severity: 'error',
        text: `the load generator sent ${(delay / 1e6).toFixed(1)} ms late on average, against a mean TTFT of ${(ttft / 1e6).toFixed(1)} ms: the load is invalid, the server is not to blame`,
      })
    }
    const { requestRate, concurrency } = this
    if (typeof requestRate !== 'number') return
    const achieved = this.#rates.filter((rate) => rate.quantity === 'requests').sort((a, b) => rankOf(a) - rankOf(b))[0]?.perSecond
    const ratio = achieved === undefined ? undefined : achieved / requestRate
    const said = ratio === undefined ? '' : `; achieved ${(ratio * 100).toFixed(1)} % of it`
    if (concurrency !== undefined) {
      this.finding({
        code: 'gated-open-loop',
        severity: 'warning',
        text: `requests were offered at ${requestRate}/s and gated at ${concurrency} in flight: time spent behind the gate is in no latency${said}`,
      })
    } else if (ratio !== undefined && ratio < REACHED_RATIO)
      this.finding({ code: 'rate-not-reached', severity: 'warning', text: `requests were offered at ${requestRate}/s${said}` })
  }
}

/** What the generator says it sent comes before what came back. */
function rankOf({ key }: RateMetric): number {
  return key.endsWith('achieved_rate') ? 0 : 1
}

/** A variance is in units squared. */
function scaleOf(unit: TimeUnit, statistic: Statistic): number {
  return statistic === 'variance' ? nsPer[unit] ** 2 : nsPer[unit]
}

function withEstimability(metric: Omit<LatencyMetric, 'estimable'>, completed: number | undefined): LatencyMetric {
  const n = metric.n ?? completed
  const requests = completed ?? metric.n
  const estimable =
    requests === undefined
      ? metric.statistic.startsWith('p')
        ? 'unknown'
        : 'yes'
      : requests >= requestsNeeded(metric.statistic)
        ? 'yes'
        : 'no'
  return { ...metric, ...(n === undefined ? {} : { n }), estimable }
}
