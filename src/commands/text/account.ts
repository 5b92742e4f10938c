/** Phrases that several commands print about a capture. */
import { formatCount, formatDuration, formatRatio } from '#base/units.ts'
import type { Coverage } from '#formats/coverage.ts'
import type { PartSpreads } from '#formats/decode-budget.ts'
import type { DeviceSummary } from '#formats/timeline-summary.ts'

type IdleCause = NonNullable<DeviceSummary['idleGaps']['attribution']>['causes'][number]['cause']

export interface ShownLoss {
  readonly code: string
  readonly count: number
  readonly what: string
}

export interface ShownNext {
  readonly lever: string
  readonly expectedUnlock: string
  readonly gate: string
}

/** "1.71 ms (13.1 %)"; the share alone is left out where there is no whole. */
export function partOf(partNs: number, wholeNs: number): string {
  return wholeNs > 0 ? `${formatDuration(partNs)} (${formatRatio(partNs / wholeNs)})` : formatDuration(partNs)
}

/** What may and may not be claimed, one line each; nothing where all is well. */
export function coverageLines(coverage: Coverage): string[] {
  const lines: string[] = []
  const { busyClaimable, idleClaimable, joined } = coverage
  if (busyClaimable.state !== 'yes')
    lines.push(`busy time ${busyClaimable.state === 'no' ? 'cannot be claimed' : 'is uncertain'}: ${busyClaimable.reason}`)
  if (idleClaimable.state !== 'yes' && idleClaimable.reason !== busyClaimable.reason) {
    lines.push(`idle time ${idleClaimable.state === 'no' ? 'cannot be claimed' : 'is uncertain'}: ${idleClaimable.reason}`)
  }
  if (joined.state !== 'yes') lines.push(`launches: ${joined.reason}`)
  for (const { severity, text } of coverage.statements) if (severity !== 'info') lines.push(`${severity} in the file: ${text}`)
  return lines
}

export function lossLines(losses: readonly ShownLoss[]): string[] {
  return losses.map(({ code, count, what }) => `${formatCount(count)} × ${code}: ${what}`)
}

export function nextLines({ lever, expectedUnlock, gate }: ShownNext): string[] {
  return [`Next lever:       ${lever}`, `Expected unlock:  ${expectedUnlock}`, `Proved by:        ${gate}`]
}

/** Texts from captures may hold line breaks: what is one line here stays one, so that no name can write a line of its own. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n\v\f\u0085\u2028\u2029]+/g, ' ')
}

/** The files that an answer is about. */
export function sourceNames(sources: readonly { readonly path: string }[]): string {
  return sources.map(({ path }) => oneLine(path)).join(', ')
}

/** A heading with its lines, or nothing without lines. */
export function section(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${heading}\n${lines.map((line) => `  ${oneLine(line)}\n`).join('')}`
}

/** What `timeline`'s causes of idle time mean. */
export const idleCauseWords: Readonly<Record<IdleCause, string>> = {
  'launch-limited': 'the host was in launch calls',
  synchronisation: 'the host waited for the device and then launched late',
  'sync-return': 'the host woke up after a synchronisation',
  'host-wait': 'the host waited in the operating system',
  'host-busy': 'the host did something else',
  queued: 'launched in time, held up by a dependency',
  'inside-graph': 'between nodes of one graph',
  unknown: 'not known',
}

/** Parts of a step, in the order in which they are shown. */
export const stepPartWords: readonly (readonly [keyof PartSpreads, string])[] = [
  ['computeNs', 'GPU compute'],
  ['opaqueGraphNs', 'GPU graphs, kernels not recorded'],
  ['communicationExposedNs', 'communication exposed'],
  ['copyExposedNs', 'copies exposed'],
  ['hostGapWithinNs', 'host gap within the step'],
  ['hostGapBetweenNs', 'host gap between steps'],
]

/** How a family is called where no rule names it. */
export function familyWords(family: string): string {
  return family === 'unknown' || family === 'other' ? 'of no known family' : family
}
