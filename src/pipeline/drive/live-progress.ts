/** What a person sees while a cell runs: how far it is, and percentiles so far. */
import { eachRequest } from '#analysis/load/request-rows.ts'
import { formatDuration } from '#base/units.ts'
import { Distribution } from '#model/distribution.ts'
import { fieldPlace, type RequestBatch } from '#model/load-requests.ts'
import type { LivePhase } from '#sources/driver/load-driver.ts'
import type { DriveHost } from './drive-options.ts'

const at = {
  sentNs: fieldPlace('sentNs'),
  firstContentNs: fieldPlace('firstContentNs'),
  lastContentNs: fieldPlace('lastContentNs'),
  outputTokens: fieldPlace('outputTokens'),
}

export class LiveProgress {
  readonly #host: DriveHost
  readonly #id: string
  readonly #requests: number | undefined
  readonly #durationS: number | undefined
  readonly #startedMs = performance.now()
  readonly #ttft = new Distribution()
  readonly #tpot = new Distribution()
  #ended = 0
  #failed = 0

  constructor(host: DriveHost, id: string, requests: number | undefined, durationS: number | undefined) {
    this.#host = host
    this.#id = id
    this.#requests = requests
    this.#durationS = durationS
  }

  take(batch: RequestBatch, live: LivePhase): void {
    if (this.#host.progress === undefined) return
    eachRequest([batch], (request) => {
      this.#ended += 1
      if (!request.isCompleted) {
        this.#failed += 1
        return
      }
      const first = request.at(at.firstContentNs)
      this.#ttft.add(first - request.at(at.sentNs))
      const tokens = request.at(at.outputTokens)
      if (tokens > 1) this.#tpot.add((request.at(at.lastContentNs) - first) / (tokens - 1))
    })
    const elapsedS = (performance.now() - this.#startedMs) / 1000
    const note = [
      this.#id,
      `${this.#ended}${this.#requests === undefined ? '' : `/${this.#requests}`} done`,
      `${live.inFlight} open`,
      ...(this.#failed > 0 ? [`${this.#failed} failed`] : []),
      // A terminal's line has eighty columns and cuts the rest: what the pairs are is said while there are none.
      ...(this.#ttft.count === 0
        ? ['p50/p99 of ttft and tpot follow']
        : [pair('ttft', this.#ttft), ...(this.#tpot.count === 0 ? [] : [pair('tpot', this.#tpot)])]),
      ...(Number.isNaN(live.lagP99Ns) ? [] : [`lag p99 ${formatDuration(live.lagP99Ns)}`]),
    ].join(', ')
    // Whichever of the two ends is nearer.
    const byCount = this.#requests === undefined ? 0 : this.#ended / this.#requests
    const byTime = this.#durationS === undefined ? 0 : elapsedS / this.#durationS
    this.#host.progress({ done: Math.min(1, Math.max(byCount, byTime)), total: 1, note })
  }
}

/** `ttft 48.8/74.5 ms`: median and p99, the unit once where both have it. */
function pair(name: string, values: Distribution): string {
  const statistics = new Map(values.statistics())
  const [p50, p99] = [formatDuration(statistics.get('p50')), formatDuration(statistics.get('p99'))]
  const [value, unit] = p50.split(' ')
  return `${name} ${unit !== undefined && p99.endsWith(` ${unit}`) ? value : p50}/${p99}`
}
