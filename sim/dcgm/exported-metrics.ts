/** Which metrics an exporter of each version writes for a device, from which quantity, in which unit and number format. */
import type { ExporterVersion } from './scenario.ts'

/** How DCGM makes a sample of a signal at one of its own times. */
export type Sampling = 'average' | 'point' | 'integral'

export interface ExportedMetric {
  readonly name: string
  /** In the sum of these signals (NVLink total: both directions). */
  readonly quantities: readonly string[]
  readonly sampling: Sampling
  /** Exported value is SI value times this. */
  readonly scale: number
  readonly format: 'float' | 'integer'
  /** `instance`: one value per MIG instance; `gpu`: the whole device's value, repeated for each instance. */
  readonly level: 'instance' | 'gpu'
}

type Names = readonly [classic: string, newest: string | undefined]

interface Row {
  readonly names: Names
  readonly quantities: readonly string[]
  readonly sampling: Sampling
  readonly scales: readonly [classic: number, newest: number]
  readonly formats: readonly [classic: ExportedMetric['format'], newest: ExportedMetric['format']]
  readonly level: ExportedMetric['level']
}

function ratio(name: string, quantity: string): Row {
  return {
    names: [`PROF_${name}`, undefined],
    quantities: [quantity],
    sampling: 'average',
    scales: [1, 1],
    formats: ['float', 'float'],
    level: 'instance',
  }
}

function rate(name: string, quantity: string): Row {
  return {
    names: [`PROF_${name}`, undefined],
    quantities: [quantity],
    sampling: 'average',
    scales: [1, 1],
    formats: ['integer', 'integer'],
    level: 'gpu',
  }
}

type Pair<T> = readonly [T, T]

function device(names: Names, quantity: string, sampling: Sampling, scales: Pair<number>, formats: Pair<ExportedMetric['format']>): Row {
  return { names, quantities: [quantity], sampling, scales, formats, level: 'gpu' }
}

const integers: Pair<ExportedMetric['format']> = ['integer', 'integer']
const MIB = 1048576

/** facts/dcgm.md section 1 (names, units) and section 3 (renames of 4.9 with their units). */
const rows: readonly Row[] = [
  ratio('GR_ENGINE_ACTIVE', 'graphics-engine-active'),
  ratio('SM_ACTIVE', 'sm-active'),
  ratio('SM_OCCUPANCY', 'sm-occupancy'),
  ratio('PIPE_TENSOR_ACTIVE', 'tensor-active'),
  ratio('DRAM_ACTIVE', 'dram-active'),
  rate('PCIE_TX_BYTES', 'pcie-transmit'),
  rate('PCIE_RX_BYTES', 'pcie-receive'),
  rate('NVLINK_TX_BYTES', 'nvlink-transmit'),
  rate('NVLINK_RX_BYTES', 'nvlink-receive'),
  {
    names: ['DEV_NVLINK_BANDWIDTH_TOTAL', 'DEV_NVLINK_THROUGHPUT_BYTES_PER_SECOND'],
    quantities: ['nvlink-transmit', 'nvlink-receive'],
    sampling: 'average',
    scales: [1 / 1_024_000, 1],
    formats: integers,
    level: 'gpu',
  },
  device(['DEV_POWER_USAGE', undefined], 'board-power', 'point', [1, 1], ['float', 'float']),
  device(['DEV_TOTAL_ENERGY_CONSUMPTION', 'DEV_GPU_ENERGY_JOULES_TOTAL'], 'board-power', 'integral', [1000, 1], integers),
  device(['DEV_SM_CLOCK', 'DEV_SM_CLOCK_HERTZ'], 'sm-clock', 'point', [1e-6, 1], integers),
  device(['DEV_MEM_CLOCK', 'DEV_MEMORY_CLOCK_HERTZ'], 'memory-clock', 'point', [1e-6, 1], integers),
  device(['DEV_GPU_UTIL', 'DEV_GPU_UTIL_RATIO'], 'gpu-busy', 'point', [100, 1], ['integer', 'float']),
  device(['DEV_MEM_COPY_UTIL', 'DEV_MEMORY_UTIL_RATIO'], 'memory-busy', 'point', [100, 1], ['integer', 'float']),
  device(['DEV_FB_USED', 'DEV_FB_USED_BYTES'], 'memory-used', 'point', [1 / MIB, 1], integers),
  device(['DEV_FB_FREE', 'DEV_FB_FREE_BYTES'], 'memory-free', 'point', [1 / MIB, 1], integers),
  device(['DEV_CLOCKS_EVENT_REASONS', undefined], 'clock-event-reasons', 'point', [1, 1], integers),
  device(['DEV_POWER_VIOLATION', 'DEV_GPU_POWER_THROTTLE_SECONDS_TOTAL'], 'power-limited', 'integral', [1e9, 1], ['integer', 'float']),
]

export function exportedMetrics(version: ExporterVersion, without: readonly string[]): ExportedMetric[] {
  const newest = version === '4.9' ? 1 : 0
  return rows
    .filter(({ quantities }) => !quantities.some((quantity) => without.includes(quantity)))
    .map(({ names, quantities, sampling, scales, formats, level }) => ({
      name: `DCGM_FI_${names[newest] ?? names[0]}`,
      quantities,
      sampling,
      scale: scales[newest] ?? 1,
      format: formats[newest] ?? 'float',
      level,
    }))
}

/** Doubles are printed with %f, whole numbers as they are (render_metrics.go); DCGM truncates to int64. */
export function formatted(value: number, format: ExportedMetric['format']): string {
  return format === 'integer' ? String(Math.trunc(value)) : value.toFixed(6)
}
