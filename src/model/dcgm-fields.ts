/**
 * DCGM's fields: every name that an exporter wrote for one, its number in dcgm_fields.h, and what its value is. Semantics follow from
 * the number and never from `# TYPE`, which is a column of the exporter's configuration and was wrong for years (facts/dcgm.md sections
 * 0, 1 and 3). Not covered: fields per link (L0..L17, 1532, 1533), cycle counters (1084 to 1096), dcgm-exporter 1.x (`dcgm_sm_clock`),
 * and those names of exporter 4.9.0 that have no public list.
 */
import type { MetricName, MetricQuantity, MetricUnit } from './metric-quantity.ts'

/**
 * `ratio` and `rate` are averages over the exporter's collect interval that ends at most one such interval before the scrape;
 * `counter` only grows, until its driver is loaded again; `point` is the reading at one instant (or over the driver's own short period).
 */
export type DcgmKind = 'ratio' | 'rate' | 'counter' | 'point'

/**
 * `prof`: profiling counters, which need privileges and a data-center GPU; where they are absent only the tier `device` is left, which
 * knows neither bytes of HBM nor tensor activity.
 */
export type DcgmGroup = 'prof' | 'device'

/** Which exporters write a name by default: `4.9`: DCGM 4.7 and exporter 4.9.0; `4.6`: only where somebody put the new name of DCGM 4.6 into the configuration. */
export type DcgmGeneration = 'classic' | '4.6' | '4.9'

export interface DcgmFieldName extends MetricName {
  readonly fieldId: number
  readonly generation: DcgmGeneration
}

export interface DcgmField extends MetricQuantity {
  readonly kind: DcgmKind
  readonly group: DcgmGroup
  readonly names: readonly DcgmFieldName[]
}

const FIELDS = 'facts/dcgm.md section 1: dcgm_fields.h, default-counters.csv'
const RENAMES = 'facts/dcgm.md section 3: DCGM 4.6, dcgm-exporter 4.9.0'

type Level = DcgmField['level']

interface NameOptions {
  readonly factor?: number
  readonly valueTested?: true
}

function named(generation: DcgmGeneration, fieldId: number, name: string, options: NameOptions = {}): DcgmFieldName {
  const { factor = 1, valueTested } = options
  return {
    name: `DCGM_FI_${name}`,
    fieldId,
    generation,
    factor,
    source: generation === 'classic' ? FIELDS : RENAMES,
    ...(valueTested === undefined ? {} : { valueTested }),
  }
}

function field(
  quantity: string,
  [unit, kind, level]: readonly [MetricUnit, DcgmKind, Level],
  names: readonly DcgmFieldName[],
  note?: string,
): DcgmField {
  return {
    quantity,
    unit,
    semantics: kind === 'rate' || kind === 'counter' ? kind : 'gauge',
    kind,
    level,
    across: 'none',
    group: names.some(({ name }) => name.startsWith('DCGM_FI_PROF_')) ? 'prof' : 'device',
    names,
    ...(note === undefined ? {} : { note }),
  }
}

/** A ratio of the profiling group, by its old and its new name, which share a number. */
function profRatio(quantity: string, level: Level, id: number, old: string, newer: string, note?: string): DcgmField {
  return field(quantity, ['ratio', 'ratio', level], [named('classic', id, `PROF_${old}`), named('4.6', id, `PROF_${newer}`)], note)
}

function profRate(quantity: string, id: number, name: string, note?: string): DcgmField {
  return field(quantity, ['B/s', 'rate', 'gpu'], [named('classic', id, `PROF_${name}`)], note)
}

const MIB = 1048576

/** Framebuffer: MiB until exporter 4.9, bytes since. */
function memory(quantity: string, oldId: number, old: string, newId: number, newer: string, note?: string): DcgmField {
  const names = [named('classic', oldId, `DEV_FB_${old}`, { factor: MIB }), named('4.9', newId, `DEV_FB_${newer}_BYTES`)]
  return field(quantity, ['B', 'point', 'gpu'], names, note)
}

/** Nanoseconds until exporter 4.9, seconds since. */
function throttled(quantity: string, oldId: number, old: string, newer: readonly DcgmFieldName[]): DcgmField {
  return field(quantity, ['s', 'counter', 'gpu'], [named('classic', oldId, `DEV_${old}_VIOLATION`, { factor: 1e-9 }), ...newer])
}

const noTensor = 'the pipe that is not a tensor pipe'

const profFields: readonly DcgmField[] = [
  profRatio('graphics-engine-active', 'compute-instance', 1001, 'GR_ENGINE_ACTIVE', 'GR_ENGINE_UTIL_RATIO'),
  profRatio('sm-active', 'compute-instance', 1002, 'SM_ACTIVE', 'SM_UTIL_RATIO'),
  profRatio('sm-occupancy', 'compute-instance', 1003, 'SM_OCCUPANCY', 'SM_OCCUPANCY_RATIO'),
  profRatio(
    'tensor-active',
    'compute-instance',
    1004,
    'PIPE_TENSOR_ACTIVE',
    'TENSOR_UTIL_RATIO',
    'share of cycles with any tensor pipe active: blind to the data type, no FLOP/s',
  ),
  profRatio('dram-active', 'gpu-instance', 1005, 'DRAM_ACTIVE', 'DRAM_UTIL_RATIO', 'reads and writes together'),
  profRatio('fp64-active', 'compute-instance', 1006, 'PIPE_FP64_ACTIVE', 'FP64_UTIL_RATIO', noTensor),
  profRatio('fp32-active', 'compute-instance', 1007, 'PIPE_FP32_ACTIVE', 'FP32_UTIL_RATIO', noTensor),
  profRatio('fp16-active', 'compute-instance', 1008, 'PIPE_FP16_ACTIVE', 'FP16_UTIL_RATIO', 'excludes HMMA: a BF16 GEMM reads about 0'),
  profRate('pcie-transmit', 1009, 'PCIE_TX_BYTES', 'device to host, headers included'),
  profRate('pcie-receive', 1010, 'PCIE_RX_BYTES', 'host to device, headers included'),
  profRate('nvlink-transmit', 1011, 'NVLINK_TX_BYTES', 'all links of the GPU'),
  profRate('nvlink-receive', 1012, 'NVLINK_RX_BYTES', 'all links of the GPU'),
  profRatio('imma-active', 'compute-instance', 1013, 'PIPE_TENSOR_IMMA_ACTIVE', 'IMMA_UTIL_RATIO'),
  profRatio('hmma-active', 'compute-instance', 1014, 'PIPE_TENSOR_HMMA_ACTIVE', 'HMMA_UTIL_RATIO'),
  profRatio('dfma-active', 'compute-instance', 1015, 'PIPE_TENSOR_DFMA_ACTIVE', 'DFMA_UTIL_RATIO'),
  profRatio('integer-active', 'compute-instance', 1016, 'PIPE_INT_ACTIVE', 'INT_UTIL_RATIO'),
  profRate('c2c-transmit', 1076, 'C2C_TX_ALL_BYTES', 'NVLink-C2C to the host processor of Grace systems'),
  profRate('c2c-transmit-payload', 1077, 'C2C_TX_DATA_BYTES'),
  profRate('c2c-receive', 1078, 'C2C_RX_ALL_BYTES', 'NVLink-C2C from the host processor of Grace systems'),
  profRate('c2c-receive-payload', 1079, 'C2C_RX_DATA_BYTES'),
  field('pcie-transmitted', ['B', 'counter', 'gpu'], [named('classic', 1091, 'PROF_PCIE_TX_BYTES_TOTAL')]),
  field('pcie-received', ['B', 'counter', 'gpu'], [named('classic', 1092, 'PROF_PCIE_RX_BYTES_TOTAL')]),
]

const linkFields: readonly DcgmField[] = [
  field(
    'nvlink-transmitted',
    ['B', 'counter', 'gpu'],
    [named('classic', 1201, 'DEV_NVLINK_COUNT_TX_BYTES'), named('4.6', 1201, 'DEV_NVLINK_TX_BYTES_TOTAL')],
    'NVLink 5 and newer',
  ),
  field(
    'nvlink-received',
    ['B', 'counter', 'gpu'],
    [named('classic', 1203, 'DEV_NVLINK_COUNT_RX_BYTES'), named('4.6', 1203, 'DEV_NVLINK_RX_BYTES_TOTAL')],
    'NVLink 5 and newer',
  ),
  field(
    'nvlink-both-directions',
    ['B/s', 'rate', 'gpu'],
    [
      // KiB per second divided by 1000 (DcgmCacheManager.cpp).
      named('classic', 449, 'DEV_NVLINK_BANDWIDTH_TOTAL', { factor: 1_024_000 }),
      named('4.6', 449, 'DEV_NVLINK_THROUGHPUT_TOTAL', { factor: 1_024_000 }),
      named('4.9', 1648, 'DEV_NVLINK_THROUGHPUT_BYTES_PER_SECOND'),
    ],
    'transmitted and received together: only comparable with a bidirectional ceiling',
  ),
  field('pcie-link-generation', ['code', 'point', 'gpu'], [named('classic', 237, 'DEV_PCIE_LINK_GEN')], 'falls when the link idles'),
  field('pcie-link-width', ['count', 'point', 'gpu'], [named('classic', 238, 'DEV_PCIE_LINK_WIDTH')]),
  field('pcie-link-generation-max', ['code', 'point', 'gpu'], [named('classic', 235, 'DEV_PCIE_MAX_LINK_GEN')]),
  field('pcie-link-width-max', ['count', 'point', 'gpu'], [named('classic', 236, 'DEV_PCIE_MAX_LINK_WIDTH')]),
  field(
    'pcie-replays',
    ['count', 'counter', 'gpu'],
    [named('classic', 202, 'DEV_PCIE_REPLAY_COUNTER'), named('4.6', 202, 'DEV_PCIE_REPLAY_TOTAL')],
  ),
]

const memoryFields: readonly DcgmField[] = [
  field(
    'memory-busy',
    ['ratio', 'point', 'gpu'],
    [named('classic', 204, 'DEV_MEM_COPY_UTIL', { factor: 0.01 }), named('4.9', 1614, 'DEV_MEMORY_UTIL_RATIO')],
    'share of time in which memory was read or written: no bandwidth',
  ),
  memory('memory-used', 252, 'USED', 1627, 'USED', 'allocated memory: no traffic'),
  memory('memory-free', 251, 'FREE', 1626, 'FREE'),
  memory('memory-reserved', 253, 'RESERVED', 1628, 'RESERVED'),
  memory('memory-total', 250, 'TOTAL', 1625, 'CAPACITY'),
]

const deviceFields: readonly DcgmField[] = [
  field(
    'gpu-busy',
    ['ratio', 'point', 'gpu'],
    [
      named('classic', 203, 'DEV_GPU_UTIL', { factor: 0.01 }),
      // Field 203 under this name is still percent in 4.6; field 1613 of 4.7 is 0..1 (facts section 0.8).
      named('4.9', 1613, 'DEV_GPU_UTIL_RATIO', { valueTested: true }),
    ],
    'share of time in which any kernel ran',
  ),
  field('board-power', ['W', 'point', 'gpu'], [named('classic', 155, 'DEV_POWER_USAGE'), named('4.6', 155, 'DEV_BOARD_POWER_WATTS')]),
  field(
    'board-power-instant',
    ['W', 'point', 'gpu'],
    [named('classic', 157, 'DEV_POWER_USAGE_INSTANT'), named('4.6', 157, 'DEV_BOARD_POWER_RAW_WATTS')],
  ),
  field(
    'energy',
    ['J', 'counter', 'gpu'],
    [named('classic', 156, 'DEV_TOTAL_ENERGY_CONSUMPTION', { factor: 1e-3 }), named('4.9', 1611, 'DEV_GPU_ENERGY_JOULES_TOTAL')],
    'since the driver was loaded; the board only',
  ),
  field(
    'sm-clock',
    ['Hz', 'point', 'gpu'],
    [named('classic', 100, 'DEV_SM_CLOCK', { factor: 1e6 }), named('4.9', 1603, 'DEV_SM_CLOCK_HERTZ')],
  ),
  field(
    'memory-clock',
    ['Hz', 'point', 'gpu'],
    [named('classic', 101, 'DEV_MEM_CLOCK', { factor: 1e6 }), named('4.9', 1604, 'DEV_MEMORY_CLOCK_HERTZ')],
  ),
  field('gpu-temperature', ['celsius', 'point', 'gpu'], [named('classic', 150, 'DEV_GPU_TEMP'), named('4.6', 150, 'DEV_GPU_TEMP_CELSIUS')]),
  field(
    'memory-temperature',
    ['celsius', 'point', 'gpu'],
    [named('classic', 140, 'DEV_MEMORY_TEMP'), named('4.6', 140, 'DEV_MEMORY_TEMP_CELSIUS')],
    '0 where the board has no sensor',
  ),
  field(
    'clock-event-reasons',
    ['bitmask', 'point', 'gpu'],
    [named('classic', 112, 'DEV_CLOCKS_EVENT_REASONS'), named('classic', 112, 'DEV_CLOCK_THROTTLE_REASONS')],
  ),
  throttled('power-throttled', 240, 'POWER', [named('4.9', 1617, 'DEV_GPU_POWER_THROTTLE_SECONDS_TOTAL')]),
  throttled('thermal-throttled', 241, 'THERMAL', [named('4.9', 1618, 'DEV_GPU_THERMAL_THROTTLE_SECONDS_TOTAL')]),
  throttled('sync-boost-throttled', 242, 'SYNC_BOOST', []),
  throttled('board-limit-throttled', 243, 'BOARD_LIMIT', []),
  throttled('low-utilization-throttled', 244, 'LOW_UTIL', []),
  throttled('reliability-throttled', 245, 'RELIABILITY', []),
  field(
    'last-xid',
    ['code', 'point', 'gpu'],
    [named('classic', 230, 'DEV_XID_ERRORS'), named('4.6', 230, 'DEV_XID_ERROR')],
    'the last code, which stays: look at changes',
  ),
]

export const dcgmFields: readonly DcgmField[] = [...profFields, ...linkFields, ...memoryFields, ...deviceFields]

export interface KnownDcgmName {
  readonly field: DcgmField
  readonly name: DcgmFieldName
}

const byName = new Map<string, KnownDcgmName>()
for (const each of dcgmFields) for (const name of each.names) byName.set(name.name, { field: each, name })

/** The field behind a series name; undefined for names that are not in the table, such as the exporter's own `DCGM_EXP_…`. */
export function dcgmFieldOf(metricName: string): KnownDcgmName | undefined {
  return byName.get(metricName)
}

/** Undefined for a quantity that DCGM does not measure. */
export function dcgmQuantity(quantity: string): DcgmField | undefined {
  return dcgmFields.find((each) => each.quantity === quantity)
}
