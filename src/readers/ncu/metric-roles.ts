/**
 * What the metrics of Nsight Compute mean: names in reports and raw pages, labels in details pages.
 * https://docs.nvidia.com/nsight-compute/ProfilingGuide/index.html#metrics-reference
 * Only `.sum` counts work: `.avg`, `.min` and `.max` are per unit of the chip. `…peak_sustained` is what the chip could do, not work.
 */
import type { BlockLimit, CounterBasis, CounterRatio, CounterRole, ElementType, LaunchQuantity } from '#model/counter-role.ts'
import { blockLimits, elementTypes } from '#model/counter-role.ts'

const ratios: Readonly<Record<string, CounterRatio>> = {
  'sm__throughput.avg.pct_of_peak_sustained_elapsed': 'compute-throughput',
  'gpu__compute_memory_throughput.avg.pct_of_peak_sustained_elapsed': 'memory-throughput',
  'gpu__dram_throughput.avg.pct_of_peak_sustained_elapsed': 'dram-throughput',
  'dram__throughput.avg.pct_of_peak_sustained_elapsed': 'dram-throughput',
  'sm__warps_active.avg.pct_of_peak_sustained_active': 'achieved-occupancy',
  sm__maximum_warps_per_active_cycle_pct: 'theoretical-occupancy',
  'lts__t_sector_hit_rate.pct': 'l2-hit',
}

const launch: Readonly<Record<string, LaunchQuantity>> = {
  launch__registers_per_thread: 'registers-per-thread',
  launch__shared_mem_per_block: 'shared-memory-per-block',
  launch__shared_mem_per_block_static: 'shared-memory-static',
  launch__shared_mem_per_block_dynamic: 'shared-memory-dynamic',
  launch__shared_mem_per_block_driver: 'shared-memory-driver',
  launch__waves_per_multiprocessor: 'waves-per-multiprocessor',
  launch__sm_count: 'multiprocessors',
  profiler__replayer_passes: 'replay-passes',
}

/** `_v2` and sub-pipes are spelled by chip; each is the matrix pipe of its chip. */
const tensorPipe = /^sm__pipe_tensor(?:_subpipe_\w+?|_op_\w+?)?_cycles_active(?:_v2)?\.avg\.pct_of_peak_sustained_(active|elapsed)$/
const bytes = /^(dram|lts|l1tex)__(?:t_)?bytes(?:_(read|write))?\.sum(\.per_second)?$/
const limit = /^launch__occupancy_limit_(\w+)$/
const cycles = /^(sm|smsp|gpc|dram)__cycles_elapsed\.(max|avg\.per_second)$/
const scalar = /^(smsp|sm)__sass_thread_inst_executed_op_([dfh])(add|mul|fma)(2)?_pred_on\.sum(\.per_cycle_elapsed|\.per_second)?$/
const integer = /^(smsp|sm)__sass_thread_inst_executed_op_integer_pred_on\.sum(\.per_cycle_elapsed|\.per_second)?$/
const tensor =
  /^sm__ops_path_tensor(?:_op_(\w+?))?_src_(\w+?)(?:_dst_(\w+?))?(?:_sparsity_(on|off))?\.sum(\.per_cycle_elapsed|\.per_second)?$/
const tensorInstructions = /^(smsp|sm)__inst_executed_pipe_tensor(?:_op_\w+)?\.sum(\.per_cycle_elapsed|\.per_second)?$/
const stallCycles = /^smsp__average_warps?(?:_latency)?_issue_stalled_(\w+?)(?:_per_issue_active)?\.ratio$/
const stallSamples = /^smsp__pcsamp_warps_issue_stalled_(\w+)$/

const scalarTypes = { d: 'fp64', f: 'fp32', h: 'fp16' } as const
const byteLevels = { dram: 'dram', lts: 'l2', l1tex: 'l1' } as const

function basisOf(suffix: string | undefined): CounterBasis {
  if (suffix === undefined) return 'total'
  return suffix === '.per_second' ? 'per-second' : 'per-cycle'
}

/** `fp16_bf16_tf32` is a group. Undefined where a part is no type that is known: then the counter means nothing here. */
function typesOf(text: string): ElementType[] | undefined {
  const types: ElementType[] = []
  for (const part of text.split('_')) {
    const type = elementTypes.find((known) => known === part)
    if (type === undefined) return undefined
    types.push(type)
  }
  return types
}

function workRole(name: string): CounterRole | undefined {
  const plain = scalar.exec(name)
  if (plain !== null) {
    const [, unit = '', letter = 'f', operation = 'add', two, suffix] = plain
    const type = scalarTypes[letter as keyof typeof scalarTypes]
    return {
      of: 'scalar-instructions',
      type,
      operation: operation as 'add' | 'mul' | 'fma',
      // FP16: HFMA2 and HFMA are counted by one metric.
      lanes: type === 'fp16' ? 'unknown' : two === undefined ? 1 : 2,
      basis: basisOf(suffix),
      unit,
    }
  }
  const matrix = tensor.exec(name)
  if (matrix !== null) {
    const [, instruction, source = '', destination, sparsity, suffix] = matrix
    const types = typesOf(source)
    if (types === undefined) return undefined
    return {
      of: 'tensor-operations',
      types,
      ...(destination === undefined ? {} : { destination }),
      ...(instruction === undefined ? {} : { instruction }),
      sparsity: sparsity === undefined ? 'all' : (sparsity as 'on' | 'off'),
      basis: basisOf(suffix),
    }
  }
  const whole = integer.exec(name)
  if (whole !== null) return { of: 'integer-instructions', unit: whole[1] ?? '', basis: basisOf(whole[2]) }
  const issued = tensorInstructions.exec(name)
  return issued === null ? undefined : { of: 'tensor-instructions', unit: issued[1] ?? '', basis: basisOf(issued[2]) }
}

/** Role of a metric in a report or a raw page; undefined for the many that no analysis asks for. */
export function roleOfMetric(name: string): CounterRole | undefined {
  if (name === 'gpu__time_duration.sum') return { of: 'duration' }
  const ratio = ratios[name]
  if (ratio !== undefined) return { of: 'ratio', ratio }
  const quantity = launch[name]
  if (quantity !== undefined) return { of: 'launch', quantity }
  const pipe = tensorPipe.exec(name)
  if (pipe !== null) return { of: 'ratio', ratio: pipe[1] === 'active' ? 'tensor-pipe-active' : 'tensor-pipe-elapsed' }
  const moved = bytes.exec(name)
  if (moved !== null) {
    const level = byteLevels[moved[1] as keyof typeof byteLevels]
    const part = moved[2] === undefined ? 'both' : (moved[2] as 'read' | 'write')
    return { of: 'bytes', level, part, basis: moved[3] === undefined ? 'total' : 'per-second' }
  }
  const by = limit.exec(name)?.[1]
  if (by !== undefined) {
    const known = blockLimits.find((each) => each === by)
    return known === undefined ? undefined : { of: 'block-limit', by: known }
  }
  const elapsed = cycles.exec(name)
  if (elapsed !== null)
    return { of: 'cycles', clock: elapsed[1] === 'dram' ? 'dram' : 'compute', basis: elapsed[2] === 'max' ? 'total' : 'per-second' }
  const stalled = stallCycles.exec(name)
  if (stalled !== null) return { of: 'stall', reason: stalled[1] ?? '', basis: 'cycles' }
  const sampled = stallSamples.exec(name)
  if (sampled !== null && !name.endsWith('_not_issued')) return { of: 'stall', reason: sampled[1] ?? '', basis: 'samples' }
  return workRole(name)
}

const labelledRatios: Readonly<Record<string, CounterRatio>> = {
  'Compute (SM) Throughput': 'compute-throughput',
  'SM [%]': 'compute-throughput',
  'SOL SM': 'compute-throughput',
  'Memory Throughput': 'memory-throughput',
  'Memory [%]': 'memory-throughput',
  'SOL Memory': 'memory-throughput',
  'DRAM Throughput': 'dram-throughput',
  'SOL DRAM': 'dram-throughput',
  'Achieved Occupancy': 'achieved-occupancy',
  'Theoretical Occupancy': 'theoretical-occupancy',
  'L2 Hit Rate': 'l2-hit',
}

const labelledLaunch: Readonly<Record<string, LaunchQuantity>> = {
  'Registers Per Thread': 'registers-per-thread',
  'Shared Memory Per Block': 'shared-memory-per-block',
  'Static Shared Memory Per Block': 'shared-memory-static',
  'Dynamic Shared Memory Per Block': 'shared-memory-dynamic',
  'Driver Shared Memory Per Block': 'shared-memory-driver',
  'Waves Per SM': 'waves-per-multiprocessor',
  '# SMs': 'multiprocessors',
}

const labelledLimits: Readonly<Record<string, BlockLimit>> = {
  'Block Limit Registers': 'registers',
  'Block Limit Shared Mem': 'shared_mem',
  'Block Limit Warps': 'warps',
  'Block Limit SM': 'blocks',
  'Block Limit Barriers': 'barriers',
}

/**
 * Role of a label in a details page. "Memory Throughput" stands there twice, in % and in byte/s: the unit decides.
 * A details page made with `--metrics` shows counter names as labels.
 */
export function roleOfLabel(label: string, unit: string): CounterRole | undefined {
  const ratio = labelledRatios[label]
  if (ratio !== undefined && unit === '%') return { of: 'ratio', ratio }
  if (label === 'Memory Throughput' && unit === 'byte/s') return { of: 'bytes', level: 'dram', part: 'both', basis: 'per-second' }
  if (label === 'Duration' && unit === 'ns') return { of: 'duration' }
  if (unit === 'hz' && label === 'SM Frequency') return { of: 'cycles', clock: 'compute', basis: 'per-second' }
  if (unit === 'hz' && label === 'DRAM Frequency') return { of: 'cycles', clock: 'dram', basis: 'per-second' }
  if (label === 'Elapsed Cycles') return { of: 'cycles', clock: 'compute', basis: 'total' }
  const quantity = labelledLaunch[label]
  if (quantity !== undefined) return { of: 'launch', quantity }
  const by = labelledLimits[label]
  return by === undefined ? roleOfMetric(label) : { of: 'block-limit', by }
}
