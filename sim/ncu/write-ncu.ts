/**
 * Counters of the kernels of a plan, as the raw page of Nsight Compute (`--csv --page raw`) gives them, with what a join with the timeline
 * must find: which kernel time is covered at which distance to the memory roof, counted at another grid, or not counted at all.
 */
import { writeFileSync } from 'node:fs'
import { Random } from '#base/random.ts'
import { shortNameOf } from '#sim/kernel-names.ts'
import type { RankPlan } from '#sim/plan.ts'

export interface NcuPlanOptions {
  /** Roof that the kernels are written below: DRAM bytes are drawn as a part of what it moves in a kernel's time. */
  readonly dramBytesPerS: number
  /** Device name in the report. */
  readonly device: string
  /**
   * How names are spelled: as libiberty (`<8, true>`, as in the timeline), as EDG (`<(int)8, (bool)1>`, spaces before marks), or the
   * function's name alone (`--kernel-name-base function`).
   */
  readonly spelling: 'libiberty' | 'edg' | 'function'
  /** Parts of the kernels, by chance: counted at their own shape, at another one; the rest is not counted. */
  readonly countedRatio: number
  readonly otherShapeRatio: number
}

export type NcuFate = 'counted' | 'other-shape' | 'not-counted'

export interface NcuKernelTruth {
  /** As in the timeline. */
  readonly name: string
  readonly fate: NcuFate
  /** Of the timeline. */
  readonly launches: number
  readonly timeNs: number
  /** Bytes ÷ time ÷ the roof, as written; absent where not counted. */
  readonly memoryRatio?: number
}

export interface NcuTruth {
  readonly kernels: readonly NcuKernelTruth[]
}

/** What the nsys writer gives every kernel (`kernelRow` in sim/nsys/write-nsys.ts). */
const ownShape = { grid: 132, block: 256 }
/** Locked base clocks and cold caches: a duration under replay is longer, and never the timeline's. */
const REPLAY_FACTOR = 1.3
const LAUNCHES = 3
/** Times on the page are microseconds with three decimals, bytes megabytes with six. */
const columns: readonly (readonly [name: string, unit: string])[] = [
  ['dram__bytes_read.sum', 'Mbyte'],
  ['dram__bytes_write.sum', 'Mbyte'],
  ['gpu__time_duration.sum', 'us'],
  ['sm__ops_path_tensor_src_bf16.sum', ''],
  ['sm__ops_path_tensor_src_fp4.sum', ''],
  ['sm__ops_path_tensor_src_fp8.sum', ''],
  ['sm__throughput.avg.pct_of_peak_sustained_elapsed', '%'],
  // Of CC 10, which adds packed ones: without them the work would be a lower bound.
  ...['fadd', 'ffma', 'fmul', 'fadd2', 'ffma2', 'fmul2'].map(
    (op) => [`smsp__sass_thread_inst_executed_op_${op}_pred_on.sum`, 'inst'] as const,
  ),
]
/** Columns before the metrics of a raw page. */
export const pageHead = [
  'ID',
  'Process ID',
  'Process Name',
  'Host Name',
  'Kernel Name',
  'Context',
  'Stream',
  'Block Size',
  'Grid Size',
  'Device',
  'CC',
]

export const pageLine = (cells: readonly string[]): string => `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\n`

/** Writes the page of `rank` to `path`. The same arguments give the same bytes. */
export function writeNcu(path: string, rank: RankPlan, seed: number, options: NcuPlanOptions): NcuTruth {
  const random = new Random(seed, 'ncu')
  const lines = [
    [...pageHead, 'device__attribute_display_name', ...columns.map(([name]) => name)],
    [...pageHead.map(() => ''), '', ...columns.map(([, unit]) => unit)],
  ]
  const kernels = timesByName(rank).map(([name, { launches, timeNs, isCollective }]): NcuKernelTruth => {
    const drawn = random.uniform()
    const memoryRatio = 0.1 + 0.85 * random.uniform()
    const likeness = random.uniform()
    // A collective under replay waits for ranks that are not replayed: nobody counts one.
    const { countedRatio, otherShapeRatio } = options
    const fate: NcuFate =
      isCollective || drawn >= countedRatio + otherShapeRatio ? 'not-counted' : drawn < countedRatio ? 'counted' : 'other-shape'
    const base = { name, fate, launches, timeNs }
    if (fate === 'not-counted') return base
    for (let launch = 0; launch < LAUNCHES; launch += 1) {
      lines.push(
        rowOf(
          lines.length - 2,
          rank,
          name,
          fate,
          (timeNs / launches) * REPLAY_FACTOR * (0.95 + 0.1 * random.uniform()),
          memoryRatio,
          likeness,
          options,
        ),
      )
    }
    return { ...base, memoryRatio }
  })
  writeFileSync(path, lines.map(pageLine).join(''))
  return { kernels }
}

interface NameTime {
  readonly launches: number
  readonly timeNs: number
  readonly isCollective: boolean
}

function timesByName({ activities }: RankPlan): [string, NameTime][] {
  const times = new Map<string, NameTime>()
  for (const { class: what, name, startNs, endNs } of activities) {
    if (what !== 'compute' && what !== 'communication') continue
    const held = times.get(name)
    times.set(name, {
      launches: (held?.launches ?? 0) + 1,
      timeNs: (held?.timeNs ?? 0) + endNs - startNs,
      isCollective: what === 'communication',
    })
  }
  return [...times].sort(([a], [b]) => (a < b ? -1 : 1))
}

function rowOf(
  id: number,
  rank: RankPlan,
  name: string,
  fate: NcuFate,
  durationNs: number,
  memoryRatio: number,
  likeness: number,
  { dramBytesPerS, device, spelling }: NcuPlanOptions,
): string[] {
  const us = (durationNs / 1000).toFixed(3)
  const bytes = memoryRatio * dramBytesPerS * Number(us) * 1e-6
  const grid = fate === 'counted' ? ownShape.grid : ownShape.grid * 2
  // Below the ridges of scalar pipes (10 FLOP per byte) and of matrix units (300): memory bounds all of them.
  const isMatrix = typeOf(name) !== undefined
  const operations = Math.round(bytes * (isMatrix ? 2 + 60 * likeness : 0.05 + 0.6 * likeness))
  const scalar = String(Math.round(isMatrix ? operations / 1000 : operations))
  return [
    String(id),
    String(rank.pid),
    'python3',
    '127.0.0.1',
    spelled(name, spelling),
    '1',
    '7',
    `(${ownShape.block}, 1, 1)`,
    `(${grid}, 1, 1)`,
    String(rank.ordinal),
    '10.0',
    device,
    ((bytes * 0.75) / 1e6).toFixed(6),
    ((bytes * 0.25) / 1e6).toFixed(6),
    us,
    ...tensorTypes.map(([pattern, own]) => (pattern.test(name) && own === typeOf(name) ? String(operations) : '0')),
    '55.00',
    // Additions, then multiply-adds; nothing else.
    scalar,
    scalar,
    ...Array.from({ length: 4 }, () => '0'),
  ]
}

/** Operand types in the order of the columns, by what names say; nothing else multiplies matrices here. */
const tensorTypes: readonly (readonly [RegExp, string])[] = [
  [/nvjet|cublasLt/, 'bf16'],
  [/E2m1/, 'fp4'],
  [/E4m3|qqtst/, 'fp8'],
]

/** The narrowest: `nvjet_qqtst` multiplies FP8. */
function typeOf(name: string): string | undefined {
  return tensorTypes.findLast(([pattern]) => pattern.test(name))?.[1]
}

/** As another demangler writes the same name. */
export function spelled(name: string, spelling: NcuPlanOptions['spelling']): string {
  if (spelling === 'libiberty') return name
  if (spelling === 'function') return shortNameOf(name)
  return name
    .replaceAll('(anonymous namespace)', '<unnamed>')
    .replaceAll(/(?<=[<, ])(-?\d+)(?:ul|u)?(?=[,>])/g, '(int)$1')
    .replaceAll(/(?<=[<, ])true(?=[,>])/g, '(bool)1')
    .replaceAll(/(?<=[<, ])false(?=[,>])/g, '(bool)0')
    .replaceAll(/(?<=[(, ])([A-Za-z_][\w:]*) const(?=[*&])/g, 'const $1')
    .replaceAll(/(?<=\w)([*&])/g, ' $1')
}
