/** What differs between a synthesis as it was written and as it is computed again. */
import type { LedgerRow } from '#formats/ledger.ts'
import type { LedgerVerify } from '#formats/ledger-verify.ts'
import type { Synthesis } from '#formats/synthesis.ts'

type Problem = LedgerVerify['problems'][number]

/** What a trial changes of a row; everything else is computed from the artifacts. Places in the merged ledger are its own. */
const ofTrials = new Set<keyof LedgerRow>(['status', 'outcome', 'confidence'])

export function compareSyntheses(written: Synthesis, again: Synthesis): Problem[] {
  const problems: Problem[] = []
  if (written.state !== again.state) {
    return [
      {
        code: 'picture',
        where: '/state',
        what: `it says ${written.state}, the artifacts give ${again.state}: ${again.refusal?.reason ?? ''}`,
      },
    ]
  }
  problems.push(...compareCitations(written, again))
  const now = new Map(again.ledger.map((row) => [row.lever, row]))
  for (const row of written.ledger) {
    const other = now.get(row.lever)
    now.delete(row.lever)
    if (other === undefined) problems.push({ code: 'row', where: row.lever, what: 'the artifacts do not carry this lever' })
    else problems.push(...compareRows(row, other))
  }
  for (const lever of now.keys())
    problems.push({ code: 'row', where: lever, what: 'the artifacts carry this lever, the ledger leaves it out' })
  const parts = [
    'bottlenecks',
    'reconciliation',
    'conservation',
    'contradictions',
    'agreements',
    'groups',
    'inventory',
    'sol_rigor',
  ] as const
  for (const part of parts) {
    const at = firstDifference(written[part], again[part], `/${part}`)
    if (at !== undefined) problems.push({ code: 'picture', where: at, what: 'differs from what the artifacts give' })
  }
  return problems
}

function compareCitations(written: Synthesis, again: Synthesis): Problem[] {
  return Object.entries(written.citations).flatMap(([id, citation]): Problem[] => {
    const other = again.citations[id]
    if (other === undefined) return [{ code: 'citation', where: id, what: 'cannot be computed again' }]
    const at = firstDifference(citation, other, '')
    return at === undefined
      ? []
      : [
          {
            code: 'citation',
            where: id,
            what: `${at || 'it'} differs: ${citation.pointer} of ${citation.command} gives ${String(other.value)}, written is ${String(citation.value)}`,
          },
        ]
  })
}

function compareRows(row: LedgerRow, other: LedgerRow): Problem[] {
  const keys = new Set([...Object.keys(row), ...Object.keys(other)] as (keyof LedgerRow)[])
  return [...keys].flatMap((key): Problem[] => {
    if (ofTrials.has(key)) return []
    const at = firstDifference(row[key], other[key], `/${key}`)
    return at === undefined ? [] : [{ code: 'row', where: `${row.lever} ${at}`, what: 'differs from what the artifacts give' }]
  })
}

/** JSON pointer of the first place where two JSON values differ; the same program gives the same bits, so numbers are compared exactly. */
export function firstDifference(a: unknown, b: unknown, at: string): string | undefined {
  if (Object.is(a, b)) return undefined
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return at
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const inside = firstDifference(left[key], right[key], `${at}/${key}`)
    if (inside !== undefined) return inside
  }
  return undefined
}
