/** Which kernels, devices and stretches of time two captures share. */
import { formatCount, formatDuration, formatRatio } from '#base/units.ts'
import type { JoinAnswer } from '#formats/join.ts'
import { joined, refused, silent } from './answer.ts'
import type { SideTotals } from './join-totals.ts'
import { levelWords } from './level-words.ts'
import { type CapturePair, commonRatio, type JoinSource } from './relate.ts'
import { clockCarries, formatSpan, type TimeRelation } from './time-relation.ts'

export function kernelsAnswer(pair: CapturePair): JoinAnswer | undefined {
  const { kernels } = pair
  if (kernels === undefined) {
    if (pair.left.kernels === undefined && pair.right.kernels === undefined) return undefined
    return refused(
      'kernels',
      `${silent(pair, (source) => source.kernels === undefined)} knows no kernels`,
      'A capture of the same load that does: nsys, a framework trace, ncu or samples',
    )
  }
  const levels = kernels.left.byLevel.map(({ level, parts }) => `${levelWords[level]} (${formatCount(parts)} by name and shape)`)
  if (levels.length === 0 && kernels.left.ambiguous.parts === 0)
    return refused(
      'kernels',
      'no kernel of one is a kernel of the other, at any level',
      'Captures of one load: the same model, engine, precision and batch',
    )
  return joined(
    'kernels',
    levels.length === 0 ? 'names that several kernels share' : levels.join(', '),
    `${sharesOf(kernels.left, pair.left)}; ${sharesOf(kernels.right, pair.right)}`,
  )
}

/** What of one side is in the other. */
function sharesOf(totals: SideTotals, { name, kernels }: JoinSource): string {
  const counts = kernels?.counts ?? 'kernels'
  return `${formatRatio(commonRatio(totals))} of the ${totals.total.timeNs === undefined ? counts : 'kernel time'} of ${name}`
}

export function devicesAnswer({ left, right, devices }: CapturePair): JoinAnswer | undefined {
  if (left.devices.length === 0 || right.devices.length === 0) return undefined
  const levels = [...new Set(devices.matched.map(({ by }) => by))]
  if (levels.length > 0) {
    const rest = devices.unmatchedLeft.length + devices.unmatchedRight.length
    return joined('devices', levels.join(', '), `${devices.matched.length} the same${rest === 0 ? '' : `, ${rest} in one only`}`)
  }
  const model =
    devices.model === 'different'
      ? 'their models differ, so figures of one do not hold for the other'
      : `${devices.reasons.join('; ')}; equal models would not make them one device`
  return refused(
    'devices',
    model,
    'Captures that record UUIDs (nsys with TARGET_INFO_GPU, dcgm-exporter), or the host beside the PCI address',
  )
}

const clockWords: Readonly<Record<NonNullable<TimeRelation['errorFrom']>, string>> = {
  'one-session': 'the one clock of their session',
  collectives: 'collectives, which end together on all ranks',
  stated: 'clocks that state their error',
  assumed: 'clocks of hosts, whose error is assumed',
}

export function windowAnswer({ left, right, time }: CapturePair): JoinAnswer | undefined {
  if (left.span === undefined || right.span === undefined) return undefined
  const settledBy = 'Captures of one window on hosts that keep one clock, with an export that states its UTC start'
  if (time.state === 'unknown') return refused('window', time.reason, settledBy)
  if (time.state === 'apart') {
    const gap = time.gapNs ?? 0
    const carried = clockCarries(time, gap, 'the time between them')
    const reason = `they lie ${formatSpan(gap)} apart`
    return refused('window', carried.state === 'yes' ? reason : `${reason} by their clocks, but ${carried.reason}`, settledBy)
  }
  const carried = clockCarries(time, time.overlapNs ?? 0, 'the overlap')
  if (carried.state === 'no') return refused('window', carried.reason, settledBy)
  return joined(
    'window',
    clockWords[time.errorFrom ?? 'assumed'],
    `${formatDuration(time.overlapNs)} in common, clocks known to ${formatDuration(time.errorNs)}`,
  )
}
