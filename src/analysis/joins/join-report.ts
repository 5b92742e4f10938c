/** `join/1` of two captures or more: what each knows, and every two of them. */
import type { JoinedCapture, JoinPair, JoinReport, JoinSide } from '#formats/join.ts'
import type { Process } from '#model/timeline.ts'
import { answerPair } from './join-answers.ts'
import { compareContext } from './join-context.ts'
import { type SideTotals, sumParts } from './join-totals.ts'
import type { KernelMatch } from './kernel-join.ts'
import type { KernelPart, KernelSide } from './kernel-part.ts'
import { type CapturePair, type JoinSource, relateCaptures } from './relate.ts'

/** `sources` in the order given; each pair once, the earlier one left. */
export function buildJoinReport(sources: readonly JoinSource[]): Omit<JoinReport, 'sources'> {
  const pairs = sources.flatMap((left, index) => sources.slice(index + 1).map((right) => relateCaptures(left, right)))
  return { schema: 'join/1', captures: sources.map(captureOf), pairs: pairs.map(pairOf) }
}

function captureOf({ name, sha256, capture, kernels, devices, span }: JoinSource): JoinedCapture {
  const { clock, timeline, kernelCounters, rank, worldSize, kind } = capture
  const processes: readonly Pick<Process, 'pid' | 'name' | 'rank'>[] = timeline?.processes ?? kernelCounters?.processes ?? []
  return {
    source: { path: name, sha256 },
    kind,
    ...(kernels === undefined ? {} : { kernels: knownKernels(kernels) }),
    devices: devices.map(({ smCount: _, computeCapability: __, pids, ...identity }) => ({ ...identity, pids: [...pids] })),
    processes: processes
      .filter(({ pid }) => pid >= 0)
      .map((process) => ({
        pid: process.pid,
        ...(process.name === undefined ? {} : { name: baseName(process.name) }),
        ...(process.rank === undefined ? {} : { rank: process.rank }),
      })),
    ...(rank === undefined ? {} : { rank }),
    ...(worldSize === undefined ? {} : { worldSize }),
    time: {
      epoch: clock.epoch,
      originNs: clock.originNs,
      resolutionNs: clock.resolutionNs,
      ...(clock.errorNs === undefined ? {} : { errorNs: clock.errorNs }),
      ...(span === undefined ? {} : { firstNs: span.firstNs, lastNs: span.lastNs }),
    },
  }
}

/** Folders of a profiled machine are nobody's business. */
const baseName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path

function knownKernels({ parts, counts, hidden }: KernelSide): NonNullable<JoinedCapture['kernels']> {
  const names: NonNullable<JoinedCapture['kernels']>['names'] = []
  if (parts.some(({ mangledName }) => mangledName !== undefined)) names.push('mangled')
  if (parts.some(({ name, shortName }) => name !== '' && name !== shortName)) names.push('demangled')
  if (parts.some(({ shape }) => shape !== undefined)) names.push('shape')
  return { counts, ...sumParts(parts, parts.keys()), names, ...(hidden.rows === 0 ? {} : { hiddenNs: hidden.timeNs }) }
}

function sideOf(totals: SideTotals, { counts, hidden }: KernelSide): JoinSide {
  return { counts, ...totals, byLevel: [...totals.byLevel], ...(hidden.rows === 0 ? {} : { hiddenNs: hidden.timeNs }) }
}

function pairOf(pair: CapturePair): JoinPair {
  const { left, right, relation, time, devices, kernels } = pair
  const { answers, launches, perStep, shares } = answerPair(pair)
  const [a, b] = [left.kernels, right.kernels]
  return {
    left: left.name,
    right: right.name,
    relation: { ...relation },
    time: { ...time },
    devices: {
      matched: devices.matched.map((match) => ({ ...match })),
      ambiguousLeft: [...devices.ambiguousLeft],
      ambiguousRight: [...devices.ambiguousRight],
      unmatchedLeft: [...devices.unmatchedLeft],
      unmatchedRight: [...devices.unmatchedRight],
      model: devices.model,
      reasons: [...devices.reasons],
    },
    ...(kernels === undefined || a === undefined || b === undefined
      ? {}
      : {
          kernels: { left: sideOf(kernels.left, a), right: sideOf(kernels.right, b) },
          matches: matchesOf(kernels.join.matches, a.parts, b.parts),
        }),
    ...(launches === undefined ? {} : { launches: { left: rowCounts(launches.left), right: rowCounts(launches.right) } }),
    ...(perStep === undefined ? {} : { perStep }),
    ...(shares === undefined ? {} : { shares }),
    context: compareContext(left, right, perStep !== undefined),
    answers: [...answers],
  }
}

function rowCounts(side: {
  readonly matched: { rows: number }
  readonly ambiguous: { rows: number }
  readonly unmatched: { rows: number }
}) {
  return { matched: side.matched.rows, ambiguous: side.ambiguous.rows, unmatched: side.unmatched.rows }
}

/** Heaviest first. */
function matchesOf(
  matches: readonly KernelMatch[],
  left: readonly KernelPart[],
  right: readonly KernelPart[],
): NonNullable<JoinPair['matches']> {
  const namesOf = (parts: readonly KernelPart[], indices: readonly number[]): string[] =>
    [...new Set(indices.flatMap((index) => parts[index]?.name ?? []))].sort()
  const rows = matches.map(({ level, state, left: l, right: r }) => {
    const [a, b] = [sumParts(left, l), sumParts(right, r)]
    return {
      level,
      state,
      left: namesOf(left, l),
      right: namesOf(right, r),
      leftRows: a.rows,
      rightRows: b.rows,
      ...(a.timeNs === undefined ? {} : { leftNs: a.timeNs }),
      ...(b.timeNs === undefined ? {} : { rightNs: b.timeNs }),
    }
  })
  const weight = (row: (typeof rows)[number]): number => row.leftNs ?? row.rightNs ?? row.leftRows
  return rows.sort((x, y) => weight(y) - weight(x) || ((x.left[0] ?? '') < (y.left[0] ?? '') ? -1 : 1))
}
