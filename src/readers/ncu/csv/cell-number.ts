/** Numbers as locales print them: `12,319,469`, the Indian `22,80,000`, `1.234,56`, `61.84`. */

/** `grouping`: a comma separates thousands. `decimal`: it is the decimal sign. */
export type CommaMeaning = 'grouping' | 'decimal'

/** `12,319,469` or `22,80,000`, with or without decimals behind a point: only grouping writes this. */
const grouped = /^[-+]?\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d*)?$/
const manyGroups = /^[-+]?\d{1,3}(?:,\d{2,3})+,\d{3}(?:\.\d*)?$/
/** `61,84`, `9,408000`, `0,123`, `1.234,5`: only a decimal comma does. */
const decimal = /^[-+]?(?:\d{1,3}(?:\.\d{3})+|\d+),(?:\d{1,2}|\d{4,})$|^[-+]?0,\d+$/

/** What one cell proves; undefined where it proves nothing: `1,234` may be either. */
export function commaMeaning(cell: string): CommaMeaning | undefined {
  if (!cell.includes(',')) return undefined
  if (decimal.test(cell)) return 'decimal'
  return manyGroups.test(cell) || (grouped.test(cell) && cell.includes('.')) ? 'grouping' : undefined
}

/** Words for a value that was not measured: never 0. */
const missing = /^(?:|n\/a|\(!\) n\/a|no data|-?nan|\(!\) nan|-nan\(ind\)|null|none)$/i
const plain = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/

/** A number; NaN where the cell says that there is none; undefined where it is a text. */
export function cellNumber(cell: string, commas: CommaMeaning): number | undefined {
  const first = cell.charCodeAt(0)
  // Digits first, and nothing but what `Number` takes: nearly every cell.
  if (first >= 48 && first <= 57 && !cell.includes(',') && (commas === 'grouping' || !cell.includes('.'))) {
    const value = Number(cell)
    if (!Number.isNaN(value) && cell.charCodeAt(1) !== 120) return value
  }
  const text = cell.trim()
  if (missing.test(text)) return Number.NaN
  if (text === 'inf' || text === '+inf') return Number.POSITIVE_INFINITY
  if (text === '-inf') return Number.NEGATIVE_INFINITY
  const bare = commas === 'decimal' ? text.replaceAll('.', '').replace(',', '.') : text.replaceAll(',', '')
  const compact = bare.replace(/[\s'’\u00a0\u202f]/g, '')
  // "1, 2, 3" is a list and "(256, 1, 1)" an extent: separators stand between digits.
  if (!plain.test(compact) || /[,.]\s|\s[,.]/.test(text)) return undefined
  return Number(compact)
}
