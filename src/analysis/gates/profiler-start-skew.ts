/**
 * Ranks start their profilers at different times, so the first collective spins until the last rank arrives, and spinning is recorded as
 * work: 17,456 ms of an 18,187 ms window (facts/traps.md C3, facts/kineto.md section 9).
 */
import { medianInPlace } from '#base/statistics.ts'
import type { KernelTable } from '#model/timeline.ts'
import { cannotTell, fail, type Gate, type GateContext, pass } from './gate.ts'
import { seconds } from './observed.ts'

const FIX =
  'Start all ranks’ profilers before traffic (delay_iterations or warmup_iterations of --profiler-config, ' +
  'or --capture-range=cudaProfilerApi on every rank); or leave the steps before the second collective out.'

/** algorithms.md section 3, point 5: collectives more than 20 medians long at the start are profiler-start skew. */
const MEDIANS = 20
/** Fewer collectives give no median worth the name. */
const MIN_OTHERS = 5

/** Collective kernels of one device and, unless too few, one kernel name: sizes differ between kinds. */
function rowsByDevice(kernels: KernelTable, deviceOfLane: readonly number[], isMember: (row: number) => boolean): Map<number, number[]> {
  const rows = new Map<number, number[]>()
  for (let row = 0; row < kernels.length; row++) {
    if (!isMember(row)) continue
    const device = deviceOfLane[kernels.lane[row] ?? 0] ?? 0
    const list = rows.get(device)
    if (list === undefined) rows.set(device, [row])
    else list.push(row)
  }
  return rows
}

function check({ capture, communicationNames }: GateContext) {
  const { timeline } = capture
  if (timeline === undefined) return cannotTell('the capture holds no timeline')
  const { kernels, collectives } = timeline
  if (kernels.length === 0) return cannotTell('the capture holds no kernel')
  // Old traces carry no collective arguments: an empty table says nothing about kernels that are collectives by name.
  if (communicationNames === undefined && (collectives?.length ?? 0) === 0)
    return cannotTell('which kernels are collectives was not classified')
  const known = new Set(collectives?.kernelRow)
  const isMember = (row: number): boolean => known.has(row) || communicationNames?.[kernels.name[row] ?? 0] === 1
  const deviceOfLane = timeline.lanes.map((lane) => lane.device)
  const evidence: string[] = []
  let isJudged = false
  const byDevice = rowsByDevice(kernels, deviceOfLane, isMember)
  if (byDevice.size === 0) return pass('no collective ran')
  for (const [device, rows] of byDevice) {
    const first = rows.reduce((best, row) => ((kernels.startNs[row] ?? 0) < (kernels.startNs[best] ?? 0) ? row : best))
    const namesakes = rows.filter((row) => row !== first && kernels.name[row] === kernels.name[first])
    const others = namesakes.length >= MIN_OTHERS ? namesakes : rows.filter((row) => row !== first)
    if (others.length < MIN_OTHERS) continue
    isJudged = true
    const median = medianInPlace(Float64Array.from(others, (row) => kernels.durationNs[row] ?? 0))
    const firstNs = kernels.durationNs[first] ?? 0
    if (firstNs > MEDIANS * median) {
      evidence.push(
        `device ${timeline.devices[device]?.ordinal ?? device}: first collective ${seconds(firstNs)}, median of ${others.length} others ${seconds(median)}`,
      )
    }
  }
  if (evidence.length > 0) return fail('the first collective waited for another rank’s profiler: that time is not work', FIX, evidence)
  return isJudged ? pass() : cannotTell('too few collectives to compare the first one with')
}

export const profilerStartSkew: Gate = {
  id: 'profiler-start-skew',
  title: 'The first collective is not a wait for another profiler',
  needs: ['collectives'],
  asks: 'any',
  check,
}
