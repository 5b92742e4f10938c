/** Phrases that several commands print about a capture. */
import { formatCount, formatDuration, formatRatio } from '#base/units.ts'
import type { Coverage } from '#formats/coverage.ts'

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

/** A heading with its lines, or nothing without lines. */
export function section(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${heading}\n${lines.map((line) => `  ${line}\n`).join('')}`
}
