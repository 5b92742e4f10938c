/** Which launch of one capture is which of another's: only within one session, and only where the clocks can tell. */
import { median } from '#base/statistics.ts'
import { formatCount } from '#base/units.ts'
import type { JoinAnswer } from '#formats/join.ts'
import { joined, refused } from './answer.ts'
import type { CapturePair, JoinSource } from './relate.ts'
import { joinRows, type RowJoin } from './row-join.ts'
import { clockCarries } from './time-relation.ts'

export function launchesAnswer(pair: CapturePair): { readonly answer: JoinAnswer; readonly rows?: RowJoin } | undefined {
  const { left, right, relation, time, devices, kernels } = pair
  const [a, b] = [left.capture.timeline, right.capture.timeline]
  if (a === undefined || b === undefined || kernels === undefined) return undefined
  if (relation.kind !== 'one-recording' && relation.kind !== 'one-process') {
    const why =
      relation.kind === 'ranks-of-one-job'
        ? 'each rank launches its own kernels'
        : 'they are not one session: launches of two runs are never paired by time'
    return { answer: refused('launches', why, 'No capture would: compare them by kernel, per step') }
  }
  if (devices.matched.length === 0)
    return { answer: refused('launches', `no device is known to be in both: ${devices.reasons.join('; ')}`, 'Exports that record UUIDs') }
  const gapNs = medianGap(pair)
  const carried = clockCarries(time, gapNs, 'the time from one launch to the next')
  if (carried.state === 'no' || time.shiftNs === undefined || time.errorNs === undefined) {
    const reason = carried.state === 'no' ? carried.reason : time.reason
    return { answer: refused('launches', reason, 'Both from one tool and session, whose clock they then share') }
  }
  const rows = joinRows({
    left: a,
    right: b,
    shiftNs: time.shiftNs,
    errorNs: time.errorNs,
    nameClass: nameClasses(pair),
    deviceOf: new Map(devices.matched.map((each) => [each.left, each.right])),
  })
  const { matched, ambiguous, unmatched } = rows.left
  const reason = `${formatCount(matched.rows)} launches paired, ${formatCount(ambiguous.rows)} ambiguous, ${formatCount(unmatched.rows)} of ${left.name} in it alone`
  return { answer: joined('launches', 'time, kernel and device', reason), rows }
}

/** Starts of consecutive rows of the busiest device; 0 where there is no second. */
function medianGap({ left }: CapturePair): number {
  const sequence = left.sequences().toSorted((x, y) => y.length - x.length)[0]
  if (sequence === undefined || sequence.length < 2) return 0
  const gaps = sequence.startNs.slice(1).map((start, index) => start - (sequence.startNs[index] ?? start))
  return median(gaps)
}

/** Matched names of both sides share a number; the others are -1. Only surely equal kernels pair by time. */
function nameClasses({ left, right, kernels }: CapturePair): { readonly left: Int32Array; readonly right: Int32Array } {
  const of = (source: JoinSource, side: 'left' | 'right'): Int32Array => {
    const names = source.capture.timeline?.kernelNames ?? []
    const classes = new Map<string, number>()
    for (const [index, match] of (kernels?.join.matches ?? []).entries()) {
      if (match.state !== 'matched' || (match.level !== 'mangled' && match.level !== 'demangled')) continue
      for (const at of match[side]) {
        const part = source.kernels?.parts[at]
        if (part !== undefined) classes.set(`${part.mangledName ?? ''} ${part.name}`, index)
      }
    }
    return Int32Array.from(names, ({ name, mangledName }) => classes.get(`${mangledName ?? ''} ${name}`) ?? -1)
  }
  return { left: of(left, 'left'), right: of(right, 'right') }
}
