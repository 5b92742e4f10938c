/** Parts of the same series, read window by window, become one series: ascending, each time once. */
import type { SampledSeries } from '#model/series-source.ts'

type Labels = Readonly<Record<string, string>>

/** Equal for equal label sets, whatever the order of their labels. */
export function labelKey(labels: Labels): string {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return JSON.stringify(entries)
}

interface Parts {
  readonly labels: Labels
  readonly parts: SampledSeries[]
}

function isAscending(times: Float64Array): boolean {
  for (let at = 1; at < times.length; at += 1) if ((times[at] as number) <= (times[at - 1] as number)) return false
  return true
}

/** The first of two samples at one time is kept: at a seam both are the same sample. */
function sortedOnce(labels: Labels, times: Float64Array, values: Float64Array): SampledSeries {
  const order = Array.from(times.keys()).sort((a, b) => (times[a] as number) - (times[b] as number) || a - b)
  const kept = order.filter((index, at) => at === 0 || times[index] !== times[order[at - 1] as number])
  return {
    labels,
    timesMs: Float64Array.from(kept, (index) => times[index] as number),
    values: Float64Array.from(kept, (index) => values[index] as number),
  }
}

function joined({ labels, parts }: Parts): SampledSeries {
  const [only] = parts
  const whole = only !== undefined && parts.length === 1 ? only : concatenated(parts)
  if (isAscending(whole.timesMs)) return { labels, timesMs: whole.timesMs, values: whole.values }
  return sortedOnce(labels, whole.timesMs, whole.values)
}

function concatenated(parts: readonly SampledSeries[]): { readonly timesMs: Float64Array; readonly values: Float64Array } {
  const length = parts.reduce((sum, { timesMs }) => sum + timesMs.length, 0)
  const timesMs = new Float64Array(length)
  const values = new Float64Array(length)
  let at = 0
  for (const part of parts) {
    timesMs.set(part.timesMs, at)
    values.set(part.values, at)
    at += part.timesMs.length
  }
  return { timesMs, values }
}

/** Collects parts of series. */
export class SeriesParts {
  readonly #bySeries = new Map<string, Parts>()

  add(part: SampledSeries): void {
    if (part.timesMs.length === 0) return
    const key = labelKey(part.labels)
    const known = this.#bySeries.get(key)
    if (known === undefined) this.#bySeries.set(key, { labels: part.labels, parts: [part] })
    else known.parts.push(part)
  }

  /** Sorted by label set, so that the order is the same whatever server or splitting gave it. */
  series(): SampledSeries[] {
    const keys = [...this.#bySeries.keys()].sort()
    return keys.flatMap((key) => {
      const parts = this.#bySeries.get(key)
      return parts === undefined ? [] : [joined(parts)]
    })
  }
}
