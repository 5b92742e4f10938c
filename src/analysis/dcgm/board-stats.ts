/** One quantity over the boards of a deployment: every board weighs the same, MIG instances stand alone. */
import type { DcgmMeasurement, MeasuredGpu } from '#formats/dcgm-measurement.ts'

export interface BoardStats {
  readonly quantity: string
  readonly metrics: readonly string[]
  readonly gpus: number
  readonly mean: number
  /** Of the boards' means; absent where only a mean over all is known. */
  readonly min?: number
  readonly max?: number
  /** Smallest and largest sample of any board. */
  readonly lowest?: number
  readonly highest?: number
  readonly imbalance?: number
  /** Of the board that is covered least. */
  readonly coverage?: number
  readonly inner?: number
  readonly outer?: number
  /** Counters: over the window, all boards. */
  readonly total?: number
}

type Quantities = Pick<DcgmMeasurement, 'quantities' | 'gpus'>

function boardRows({ quantities, gpus }: Quantities, quantity: string): { metrics: readonly string[]; rows: readonly MeasuredGpu[] } {
  const boards = new Set(gpus.map(({ id }) => id))
  const found = quantities.find((each) => each.quantity === quantity)
  return { metrics: found?.metrics ?? [], rows: (found?.gpus ?? []).filter(({ gpu }) => boards.has(gpu)) }
}

/** Undefined where no whole board has it: absent is not zero. */
export function boardStats(measurement: Quantities, quantity: string): BoardStats | undefined {
  const { metrics, rows } = boardRows(measurement, quantity)
  return statsOf(quantity, metrics, rows)
}

/** The sum of two quantities, of the boards that have both. */
export function sumOfBoards(measurement: Quantities, first: string, second: string): BoardStats | undefined {
  const a = boardRows(measurement, first)
  const b = boardRows(measurement, second)
  const rows = a.rows.flatMap((row): MeasuredGpu[] => {
    const other = b.rows.find(({ gpu }) => gpu === row.gpu)
    if (other === undefined) return []
    const outer = row.outer === undefined || other.outer === undefined ? {} : { outer: row.outer + other.outer }
    const inner = row.inner === undefined || other.inner === undefined ? {} : { inner: row.inner + other.inner }
    return [
      {
        gpu: row.gpu,
        mean: row.mean + other.mean,
        coverage: Math.min(row.coverage, other.coverage),
        samples: Math.min(row.samples, other.samples),
        ...inner,
        ...outer,
      },
    ]
  })
  return statsOf(`${first}+${second}`, [...a.metrics, ...b.metrics], rows)
}

function statsOf(quantity: string, metrics: readonly string[], rows: readonly MeasuredGpu[]): BoardStats | undefined {
  if (rows.length === 0) return undefined
  const means = rows.map(({ mean }) => mean)
  const mean = average(means)
  const min = Math.min(...means)
  const max = Math.max(...means)
  const all = (key: 'inner' | 'outer' | 'total' | 'min' | 'max'): number[] | undefined => {
    const values = rows.flatMap((row) => row[key] ?? [])
    return values.length === rows.length ? values : undefined
  }
  const [inner, outer, total, lowest, highest] = [all('inner'), all('outer'), all('total'), all('min'), all('max')]
  return {
    quantity,
    metrics,
    gpus: rows.length,
    mean,
    min,
    max,
    ...(mean > 0 && rows.length > 1 ? { imbalance: (max - min) / mean } : {}),
    coverage: Math.min(...rows.map(({ coverage }) => coverage)),
    ...(inner === undefined ? {} : { inner: average(inner) }),
    ...(outer === undefined ? {} : { outer: average(outer) }),
    ...(total === undefined ? {} : { total: total.reduce((sum, each) => sum + each, 0) }),
    ...(lowest === undefined ? {} : { lowest: Math.min(...lowest) }),
    ...(highest === undefined ? {} : { highest: Math.max(...highest) }),
  }
}

function average(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length
}
