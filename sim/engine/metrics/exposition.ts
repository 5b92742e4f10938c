/** The text format of Prometheus as Python's client library prints it (https://prometheus.io/docs/instrumenting/exposition_formats/). */

export type Labels = Readonly<Record<string, string>>

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** In the order given: Python's client sorts label names, and callers do. */
export function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

/** Python prints floats: whole numbers keep their `.0`. */
export function sampleValue(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value)
}

export class Histogram {
  readonly #edges: readonly number[]
  readonly #counts: number[]
  #sum = 0
  #count = 0

  constructor(edges: readonly number[]) {
    this.#edges = edges
    this.#counts = edges.map(() => 0)
  }

  get sum(): number {
    return this.#sum
  }

  get count(): number {
    return this.#count
  }

  /** `times` equal values. */
  observe(value: number, times = 1): void {
    this.#sum += value * times
    this.#count += times
    const bucket = this.#edges.findIndex((edge) => value <= edge)
    if (bucket >= 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + times
  }

  lines(name: string, labels: Labels): string[] {
    let below = 0
    const buckets = this.#edges.map((edge, index) => {
      below += this.#counts[index] ?? 0
      return `${name}_bucket${labelText({ ...labels, le: sampleValue(edge) })} ${sampleValue(below)}`
    })
    const shown = labelText(labels)
    return [
      ...buckets,
      `${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${sampleValue(this.#count)}`,
      `${name}_count${shown} ${sampleValue(this.#count)}`,
      `${name}_sum${shown} ${sampleValue(this.#sum)}`,
    ]
  }
}

/** A page that is being put together. */
export class Page {
  readonly #lines: string[] = []

  #head(name: string, type: string, help: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
  }

  gauge(name: string, help: string, samples: readonly (readonly [Labels, number])[]): this {
    this.#head(name, 'gauge', help)
    for (const [labels, value] of samples) this.#lines.push(`${name}${labelText(labels)} ${sampleValue(value)}`)
    return this
  }

  /** `name` without `_total`. */
  counter(name: string, help: string, samples: readonly (readonly [Labels, number])[]): this {
    this.#head(`${name}_total`, 'counter', help)
    for (const [labels, value] of samples) this.#lines.push(`${name}_total${labelText(labels)} ${sampleValue(value)}`)
    return this
  }

  histogram(name: string, help: string, labels: Labels, histogram: Histogram): this {
    this.#head(name, 'histogram', help)
    this.#lines.push(...histogram.lines(name, labels))
    return this
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`
  }
}
