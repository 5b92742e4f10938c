/**
 * Counters of the kernels of a deployment as the raw page of Nsight Compute (`--csv --page raw`), consistent with the mechanism: bytes are what
 * a kernel of that time moves at its group's part of the memory's peak, operations what it does of the dense peak.
 */
import { Random } from '#base/random.ts'
import type { Deployment } from '#sim/deployment/deployment.ts'
import type { GroupName, GroupWork } from '#sim/deployment/mechanism.ts'
import { spinningGroup } from '#sim/deployment/spinning.ts'
import { kernelNames } from '#sim/kernel-names.ts'
import { pageHead, pageLine } from '#sim/ncu/write-ncu.ts'
import type { Plan, RankPlan } from '#sim/plan.ts'

/** Cold caches and serialised launches under replay, at the clocks of serving (`--clock-control none`). */
const REPLAY_FACTOR = 1.02
const LAUNCHES = 2

interface Counted {
  readonly name: string
  readonly meanNs: number
  readonly work: GroupWork
  readonly isCounted: boolean
}

type Column = readonly [name: string, unit: string, value: (counted: Counted, ns: number, deployment: Deployment) => string]

const bytesOf = ({ work }: Counted, ns: number, { gpu }: Deployment): number =>
  (work.dramRatio * gpu.dramBytesPerS * ns) / 1e9 / REPLAY_FACTOR
const peakOf = (type: GroupWork['type'], { gpu }: Deployment): number => (type === 'fp8' ? gpu.fp8FlopsPerS : gpu.bf16FlopsPerS)

function operations(type: 'bf16' | 'fp8'): Column[2] {
  return ({ work }, ns, deployment) => {
    if (work.type !== type) return '0'
    return String(Math.round((work.flopRatio * peakOf(type, deployment) * ns) / 1e9 / REPLAY_FACTOR))
  }
}

/** Of multiprocessors that spin: what `--set basic` reads of persistent kernels at a small batch (facts: ncu, section 7). */
const SPINNING = 0.93

const percent = (ratio: number): string => (100 * ratio).toFixed(2)
/** A little of everything is computed outside the matrix units; far below any ridge. */
const scalar: Column[2] = (counted, ns, deployment) => String(Math.round(bytesOf(counted, ns, deployment) * 0.05))

const activity: readonly Column[] = [
  ['gpu__time_duration.sum', 'us', (_, ns) => (ns / 1000).toFixed(3)],
  ['gpc__cycles_elapsed.avg.per_second', 'Ghz', (_, __, { clockRatio, gpu }) => ((clockRatio * gpu.maxClockHz) / 1e9).toFixed(3)],
  ['sm__throughput.avg.pct_of_peak_sustained_elapsed', '%', ({ work }) => percent(work.smBusyRatio)],
  ['sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_elapsed', '%', ({ work }) => percent(work.tensorPipeRatio)],
  ['sm__warps_active.avg.pct_of_peak_sustained_active', '%', ({ work }) => percent(work.occupancyRatio)],
  ['launch__waves_per_multiprocessor', '', () => '1.00'],
  ...(['long_scoreboard', 'wait', 'barrier', 'math_pipe_throttle'] as const).map(
    (reason): Column => [
      `smsp__average_warps_issue_stalled_${reason}_per_issue_active.ratio`,
      'inst',
      ({ work }) => (work.topStall === reason ? '4.20' : '0.70'),
    ],
  ),
]

const work: readonly Column[] = [
  ['dram__bytes_read.sum', 'Mbyte', (counted, ns, deployment) => ((bytesOf(counted, ns, deployment) * 0.85) / 1e6).toFixed(6)],
  ['dram__bytes_write.sum', 'Mbyte', (counted, ns, deployment) => ((bytesOf(counted, ns, deployment) * 0.15) / 1e6).toFixed(6)],
  ['sm__ops_path_tensor_src_bf16.sum', '', operations('bf16')],
  ['sm__ops_path_tensor_src_fp8.sum', '', operations('fp8')],
  ...['fadd', 'ffma', 'fmul'].map(
    (op): Column => [`smsp__sass_thread_inst_executed_op_${op}_pred_on.sum`, 'inst', op === 'ffma' ? scalar : () => '0'],
  ),
]

/** Of Blackwell, which adds two numbers in one instruction: without these the work would be a lower bound. */
const packed: readonly Column[] = ['fadd2', 'ffma2', 'fmul2'].map(
  (op): Column => [`smsp__sass_thread_inst_executed_op_${op}_pred_on.sum`, 'inst', () => '0'],
)

/** Which group each kernel of the step is of. */
export function groupsByName({ mechanism }: Deployment): ReadonlyMap<string, GroupName> {
  const groups = new Map<string, GroupName>()
  for (const slot of mechanism.slots) if (slot.kind === 'kernel') groups.set(kernelNames[slot.kernel], slot.group)
  if (mechanism.drafting !== undefined) groups.set(kernelNames.draftGemm, 'draft')
  return groups
}

/** A drafter's GEMMs read their weights as the model's own do, in 16 bits. */
export function workOf({ mechanism: { groups } }: Deployment, group: GroupName): GroupWork | undefined {
  if (group !== 'draft' || groups.gemm === undefined) return groups[group]
  return { ...groups.gemm, type: 'bf16' }
}

/** Kernels that the mechanism times, with their mean duration in the timeline. */
function countedKernels(deployment: Deployment, { activities }: RankPlan): Counted[] {
  const groups = groupsByName(deployment)
  const spinning = deployment.disagreements.includes('sm-busy') ? spinningGroup(deployment) : undefined
  const times = new Map<string, { launches: number; ns: number }>()
  for (const { class: kind, name, startNs, endNs } of activities) {
    if (kind !== 'compute' || !groups.has(name)) continue
    const known = times.get(name) ?? { launches: 0, ns: 0 }
    times.set(name, { launches: known.launches + 1, ns: known.ns + endNs - startNs })
  }
  return [...times]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { launches, ns }]): Counted[] => {
      const group = groups.get(name)
      const found = group === undefined ? undefined : workOf(deployment, group)
      return group === undefined || found === undefined
        ? []
        : [
            {
              name,
              meanNs: ns / launches,
              work: group === spinning ? { ...found, smBusyRatio: SPINNING } : found,
              isCounted: !deployment.uncounted.includes(group),
            },
          ]
    })
}

/** The page of the first traced rank. */
export function countersPage(deployment: Deployment, plan: Plan): string {
  const rank = plan.ranks[0] as RankPlan
  const random = new Random(deployment.seed, 'counters')
  const columns = [...activity, ...work, ...(deployment.gpu.major >= 10 ? packed : [])]
  const isOff = deployment.disagreements.includes('clock')
  const counted = isOff ? { ...deployment, clockRatio: deployment.clockRatio * 0.85 } : deployment
  const lines = [
    pageLine([...pageHead, 'device__attribute_display_name', ...columns.map(([name]) => name)]),
    pageLine([...pageHead.map(() => ''), '', ...columns.map(([, unit]) => unit)]),
  ]
  const { major, minor, name: device } = deployment.gpu
  for (const kernel of countedKernels(deployment, rank)) {
    for (let launch = 0; launch < LAUNCHES; launch += 1) {
      const ns = kernel.meanNs * REPLAY_FACTOR * (0.99 + 0.02 * random.uniform())
      lines.push(
        pageLine([
          String(lines.length - 2),
          String(rank.pid),
          'python3',
          '127.0.0.1',
          kernel.name,
          '1',
          '7',
          '(256, 1, 1)',
          '(132, 1, 1)',
          String(rank.ordinal),
          `${major}.${minor}`,
          device,
          ...columns.map(([, , value], index) => (kernel.isCounted || index < activity.length ? value(kernel, ns, counted) : '')),
        ]),
      )
    }
  }
  return lines.join('')
}
