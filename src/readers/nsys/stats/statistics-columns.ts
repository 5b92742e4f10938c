/** Which column of a report is what, and in which unit: units stand in the header and follow `--timeunit`. */
import type { StatisticsRow } from '#model/capture.ts'
import { parseNumber } from './cells.ts'

const TIME_UNITS: Readonly<Record<string, number>> = { ns: 1, nsec: 1, us: 1e3, usec: 1e3, µs: 1e3, ms: 1e6, msec: 1e6, s: 1e9, sec: 1e9 }

/** nsys counts a MB as 10^6 bytes. */
const SIZE_UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9 }

type Role = 'count' | 'total' | 'average' | 'median' | 'min' | 'max' | 'deviation' | 'name'

const ROLES: Readonly<Record<string, Role>> = {
  instances: 'count',
  'num calls': 'count',
  count: 'count',
  calls: 'count',
  'total time': 'total',
  total: 'total',
  avg: 'average',
  average: 'average',
  med: 'median',
  median: 'median',
  min: 'min',
  minimum: 'min',
  max: 'max',
  maximum: 'max',
  stddev: 'deviation',
  name: 'name',
  operation: 'name',
  operations: 'name',
  range: 'name',
}

interface Column {
  readonly index: number
  readonly unit: string | undefined
}

export interface StatisticsColumns {
  readonly roles: ReadonlyMap<Role, Column>
  /** Factor to ns of the total; undefined where the header names no unit of time. */
  readonly isSize: boolean
  readonly totalUnit: string | undefined
}

function headerOf(cell: string): { label: string; unit: string | undefined } {
  const match = /^(.*?)\s*(?:\(([^)]*)\))?$/.exec(cell.trim().toLowerCase())
  return { label: match?.[1] ?? '', unit: match?.[2] }
}

/** undefined where the cells are not the header of a summary: a summary has a total, a count and a name. `Time (%)` is ignored: a share of the listed rows. */
export function summaryColumns(header: readonly string[]): StatisticsColumns | undefined {
  const roles = new Map<Role, Column>()
  for (const [index, cell] of header.entries()) {
    const { label, unit } = headerOf(cell)
    const role = ROLES[label]
    if (role !== undefined && !roles.has(role)) roles.set(role, { index, unit })
  }
  const total = roles.get('total')
  if (total === undefined || !roles.has('count') || !roles.has('name')) return undefined
  return { roles, totalUnit: total.unit, isSize: total.unit !== undefined && total.unit in SIZE_UNITS }
}

/** What the header alone says about the report, for files that lost their name. */
export function reportOfHeader(header: readonly string[], isSize: boolean): string {
  const labels = new Set(header.map((cell) => headerOf(cell).label))
  if (isSize) return 'cuda_gpu_mem_size_sum'
  if (labels.has('range')) return 'nvtx_sum'
  if (labels.has('category')) return 'cuda_gpu_sum'
  if (labels.has('operation')) return 'cuda_gpu_mem_time_sum'
  if (labels.has('gridxyz')) return 'cuda_gpu_kern_gb_sum'
  if (labels.has('num calls')) return 'cuda_api_sum'
  return 'cuda_gpu_kern_sum'
}

/** One row; undefined where it has no name or no count. Times whose unit is unknown are NaN. */
export function statisticsRow(
  cells: readonly string[],
  { roles, totalUnit, isSize }: StatisticsColumns,
  delimiter: string,
): StatisticsRow | undefined {
  const cell = (role: Role): string => cells[roles.get(role)?.index ?? -1] ?? ''
  const name = cell('name').trim()
  const count = parseNumber(cell('count'), delimiter)
  if (name === '' || Number.isNaN(count)) return undefined
  const ns = (role: Role): number => {
    // Columns without a unit of their own (`Average`, in reports before 2021.3) share that of the total.
    const factor = TIME_UNITS[roles.get(role)?.unit ?? totalUnit ?? '']
    return factor === undefined || isSize ? Number.NaN : scaled(parseNumber(cell(role), delimiter), factor)
  }
  const bytes = isSize ? scaled(parseNumber(cell('total'), delimiter), SIZE_UNITS[totalUnit ?? ''] ?? Number.NaN) : Number.NaN
  return {
    name,
    count,
    totalNs: ns('total'),
    averageNs: ns('average'),
    medianNs: ns('median'),
    minNs: ns('min'),
    maxNs: ns('max'),
    standardDeviationNs: ns('deviation'),
    ...(Number.isNaN(bytes) ? {} : { totalBytes: bytes }),
  }
}

/** `nsys` prints at most three decimals of the larger units: the product is rounded to a tenth of a nanosecond, so that 1.234 ms is 1234000. */
function scaled(value: number, factor: number): number {
  return factor === 1 ? value : Math.round(value * factor * 10) / 10
}
