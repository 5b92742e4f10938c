/** Holds a synthesis against what is known of the generated deployment that its bundle is of. */
import type { Synthesis } from '#formats/synthesis.ts'
import type { Disagreement } from '#sim/deployment/deployment.ts'
import type { DeploymentTruth } from '#sim/deployment/truth.ts'

type Row = Synthesis['ledger'][number]

export interface Interval {
  readonly low: number
  readonly high: number
}

export interface Judged {
  readonly name: string
  /** Absent where nothing is to be named. */
  readonly classRight?: boolean
  readonly classNamed: string
  /** From 1; 0: not proposed. Absent without a plant. */
  readonly rank?: number
  readonly first: string
  /** Levers proposed against their preconditions, and words of changes that the version does not have. */
  readonly violations: readonly string[]
  readonly found: readonly Disagreement[]
  readonly missed: readonly Disagreement[]
  readonly invented: readonly string[]
  readonly effect?: { readonly truth: number; readonly interval: Interval; readonly shareTimesDistance: number }
  /** Widest interval of any row, where nothing is wrong. */
  readonly nullWidth?: number
  /** Where a class was named although the captures carry none. */
  readonly didNotAbstain?: boolean
}

/** The row by which each is found. */
export const contradictionIds: Readonly<Record<Disagreement, string>> = {
  busy: 'device-busy',
  'sampled-share': 'kernel-share',
  'tensor-activity': 'tensor-activity',
  'step-time': 'step-time',
  clock: 'clocks',
  'sm-busy': 'sm-busy',
  'hot-at-roof': 'hot-at-roof',
  'under-recorded': 'idle-under-recorded',
}

const idOf = (row: Row): string => row.lever.split(' ')[0] ?? ''

const changeText = ({ change }: Row): string => [...(change.arguments ?? []), ...(change.environment ?? []), change.helm ?? ''].join('\n')

function violationsOf({ ledger }: Synthesis, { never, neverWords }: DeploymentTruth): string[] {
  return ledger.flatMap((row) => [
    ...(never.includes(idOf(row)) ? [idOf(row)] : []),
    ...neverWords.filter((word) => changeText(row).includes(word)).map((word) => `${idOf(row)} with ${word}`),
  ])
}

/** The change that the row's own setting makes: a knob can be turned to several values. */
function trueChange(row: Row, { planted }: DeploymentTruth): number {
  const { effect, bySetting } = planted ?? {}
  const set = (row.change.arguments ?? []).findLast((line) => line.startsWith('+') && line.includes(bySetting?.argument ?? '\n'))
  const value = set === undefined ? undefined : /(\d+)\D*$/.exec(set)?.[1]
  return (value === undefined ? undefined : bySetting?.changes[value]) ?? effect?.change ?? Number.NaN
}

function effectOf(synthesis: Synthesis, truth: DeploymentTruth): Judged['effect'] {
  const { planted } = truth
  const row = synthesis.ledger.find((each) => idOf(each) === planted?.lever)
  const said = row?.effects.find(({ metric }) => metric === planted?.effect.metric)
  if (planted === undefined || row === undefined || said === undefined) return undefined
  const { low, high } = said.change
  return { truth: trueChange(row, truth), interval: { low, high }, shareTimesDistance: planted.shareTimesDistance }
}

const widest = ({ ledger }: Synthesis): number =>
  Math.max(0, ...ledger.flatMap(({ effects }) => effects.map(({ change }) => change.high - change.low)))

export function judge(synthesis: Synthesis, truth: DeploymentTruth): Judged {
  const { planted, decoy, disagreements, borderline } = truth
  const [named] = synthesis.bottlenecks
  const expected = planted?.class ?? decoy?.class
  const said = synthesis.contradictions.map(({ id }) => id)
  const allowed = new Set([...disagreements, ...borderline].map((name) => contradictionIds[name]))
  const effect = effectOf(synthesis, truth)
  const found = disagreements.filter((name) => said.includes(contradictionIds[name]))
  return {
    name: truth.name,
    ...(expected === undefined ? {} : { classRight: named?.class === expected }),
    classNamed: synthesis.state === 'refused' ? `refused: ${synthesis.refusal?.reason ?? ''}` : (named?.class ?? 'none'),
    ...(planted === undefined ? {} : { rank: synthesis.ledger.findIndex((row) => idOf(row) === planted.lever) + 1 }),
    first: synthesis.ledger[0]?.lever ?? 'none',
    violations: violationsOf(synthesis, truth),
    found,
    missed: disagreements.filter((name) => !found.includes(name)),
    invented: said.filter((id) => !allowed.has(id)),
    ...(effect === undefined ? {} : { effect }),
    ...(decoy?.isNull === true ? { nullWidth: widest(synthesis) } : {}),
    ...(truth.mustAbstain ? { didNotAbstain: named !== undefined } : {}),
  }
}

/** Winkler's score of a 90 % interval: its width, and twenty times what the truth lies outside by. Smaller is better. */
export function intervalScore({ low, high }: Interval, truth: number): number {
  const alpha = 0.1
  return high - low + (2 / alpha) * (Math.max(0, low - truth) + Math.max(0, truth - high))
}

export interface Tally {
  readonly classRight: Part
  readonly first: Part
  readonly firstThree: Part
  readonly abstained: Part
  readonly violations: readonly string[]
  readonly missed: readonly string[]
  readonly invented: readonly string[]
  readonly planted: number
  readonly inside: Part
  /** Of interval width over true effect. */
  readonly medianWidth: number
  readonly widestNull: number
  readonly nulls: number
  /** Means: of the predictions, and of the better of two readings of "share times distance": that number, or anything up to it. */
  readonly score: number
  readonly rivalScore: number
}

export interface Part {
  readonly of: number
  readonly holds: number
}

function part(values: readonly boolean[]): Part {
  return { of: values.length, holds: values.filter(Boolean).length }
}

/** 1 where there is nothing to count. */
export const ratioOf = ({ of, holds }: Part): number => (of === 0 ? 1 : holds / of)

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

export function tally(judged: readonly Judged[]): Tally {
  const planted = judged.filter(({ rank }) => rank !== undefined)
  const effects = judged.flatMap(({ effect }) => effect ?? [])
  const nulls = judged.flatMap(({ nullWidth }) => nullWidth ?? [])
  const scoreOf = (interval: (each: (typeof effects)[number]) => Interval): number =>
    mean(effects.map((each) => intervalScore(interval(each), each.truth)))
  const rivals = [
    scoreOf(({ shareTimesDistance }) => ({ low: shareTimesDistance, high: shareTimesDistance })),
    scoreOf(({ shareTimesDistance }) => ({ low: 0, high: shareTimesDistance })),
  ]
  return {
    classRight: part(judged.flatMap(({ classRight }) => classRight ?? [])),
    first: part(planted.map(({ rank }) => rank === 1)),
    firstThree: part(planted.map(({ rank = 0 }) => rank >= 1 && rank <= 3)),
    abstained: part(judged.flatMap(({ didNotAbstain }) => (didNotAbstain === undefined ? [] : [!didNotAbstain]))),
    violations: judged.flatMap(({ name, violations }) => violations.map((what) => `${name}: ${what}`)),
    missed: judged.flatMap(({ name, missed }) => missed.map((what) => `${name}: ${what}`)),
    invented: judged.flatMap(({ name, invented }) => invented.map((what) => `${name}: ${what}`)),
    planted: judged.flatMap(({ found, missed }) => [...found, ...missed]).length,
    // A lever that was not proposed, or without an interval, holds no truth.
    inside: {
      of: planted.length,
      holds: effects.filter(({ truth, interval }) => truth >= interval.low && truth <= interval.high).length,
    },
    medianWidth: median(effects.map(({ truth, interval }) => (interval.high - interval.low) / truth)),
    widestNull: Math.max(0, ...nulls),
    nulls: nulls.length,
    score: scoreOf(({ interval }) => interval),
    rivalScore: Math.min(...rivals),
  }
}
