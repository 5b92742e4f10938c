/** How much of either side a kernel join carries: rows and time that are matched, ambiguous and unmatched, by level. */
import { type JoinLevel, joinLevels, type KernelJoin, type KernelMatch } from './kernel-join.ts'
import { type KernelPart, shapeKey } from './kernel-part.ts'

export interface Amount {
  /** Distinct parts: kernels by name and, where known, by shape. */
  readonly parts: number
  readonly rows: number
  /** Absent where the side knows no time. */
  readonly timeNs?: number
}

export interface SideTotals {
  readonly total: Amount
  readonly matched: Amount
  readonly ambiguous: Amount
  readonly unmatched: Amount
  /** Matched only; levels without a match are absent. */
  readonly byLevel: readonly ({ readonly level: JoinLevel } & Amount)[]
  /** Of the matched: parts whose grid and block the other side does not have of the same kernel. Unknown shapes are not counted here. */
  readonly otherShape: Amount
  /** Of the matched: surely the same kernel, launched with a shape that the other side has too: what its counters hold for. */
  readonly carried: Amount
}

/** Levels that name one kernel; the others name a class of them. */
const sureLevels: ReadonlySet<JoinLevel> = new Set(['mangled', 'demangled', 'short-name-and-shape'])

export function isSure(level: JoinLevel): boolean {
  return sureLevels.has(level)
}

export function sumParts(parts: readonly KernelPart[], indices: Iterable<number>): Amount {
  let [count, rows, timeNs] = [0, 0, 0]
  let isTimed = true
  for (const index of indices) {
    const part = parts[index]
    if (part === undefined) continue
    count += 1
    rows += part.rows
    if (part.timeNs === undefined) isTimed = false
    else timeNs += part.timeNs
  }
  const hasTime = isTimed && parts.every((part) => part.timeNs !== undefined) && parts.length > 0
  return { parts: count, rows, ...(hasTime ? { timeNs } : {}) }
}

/** matched + ambiguous + unmatched = total, in parts, rows and time. */
export function sideTotals(
  join: KernelJoin,
  side: 'left' | 'right',
  parts: readonly KernelPart[],
  others: readonly KernelPart[],
): SideTotals {
  const of = (state: 'matched' | 'ambiguous') => join.matches.filter((match) => match.state === state)
  const [matched, ambiguous] = [of('matched'), of('ambiguous')]
  const byLevel = joinLevels.flatMap((level) => {
    const own = matched.filter((match) => match.level === level)
    return own.length === 0
      ? []
      : [
          {
            level,
            ...sumParts(
              parts,
              own.flatMap((match) => match[side]),
            ),
          },
        ]
  })
  const withShape = (match: KernelMatch, wanted: boolean): number[] => {
    const theirs = match[side === 'left' ? 'right' : 'left'].map((each) => others[each])
    return match[side].filter((index) => hasShape(parts[index], theirs) === wanted)
  }
  return {
    total: sumParts(parts, parts.keys()),
    matched: sumParts(
      parts,
      matched.flatMap((match) => match[side]),
    ),
    ambiguous: sumParts(
      parts,
      ambiguous.flatMap((match) => match[side]),
    ),
    unmatched: sumParts(parts, side === 'left' ? join.unmatchedLeft : join.unmatchedRight),
    byLevel,
    otherShape: sumParts(
      parts,
      matched.flatMap((match) => withShape(match, false)),
    ),
    carried: sumParts(
      parts,
      matched.filter(({ level }) => isSure(level)).flatMap((match) => withShape(match, true)),
    ),
  }
}

/** True too where one of the two does not say: what is not known contradicts nothing. */
export function hasShape(part: KernelPart | undefined, others: readonly (KernelPart | undefined)[]): boolean {
  if (part?.shape === undefined) return true
  const wanted = shapeKey(part.shape)
  return others.some((other) => other?.shape === undefined || shapeKey(other.shape) === wanted)
}
