/** Plain text tables: two spaces between columns, numbers to the right, never a colour, every cell on one line. */
import { formatCount } from '#base/units.ts'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** The one column that is cut where the terminal is narrow; the last left-aligned one where none says so. */
  readonly shrinks?: boolean
  /** Where the shrinking column would become too narrow, columns with this are left out, the lowest number first. */
  readonly drops?: number
}

export interface TableOptions {
  /** Infinity where output is piped: then nothing is cut. */
  readonly width: number
  /** Rows to show at most (`RenderOptions.rows`); what is cut is said below the table. */
  readonly rows?: number
  /** Rows that the output itself left out already. */
  readonly omitted?: number
  readonly indent?: string
  /** After the count of rows left out: how to see them, where that is not `--limit 0`. */
  readonly unshown?: string
}

const GAP = '  '
/** A column cut below this says nothing. */
const LEAST_WIDTH = 12
/** Below this a kernel's name cannot be told from its neighbours': other columns go first. */
const NAME_WIDTH = 32

/** Wide characters (CJK, emoji) take two columns; combining marks none. Enough for kernel names, not all of UAX 11. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const zero = /[\p{Mn}\p{Me}\u200b-\u200d\ufeff]/u

/** Nearly every cell: then no character needs looking at. */
const plain = /^[\x20-\x7e]*$/

export function textWidth(text: string): number {
  if (plain.test(text)) return text.length
  let width = 0
  for (const character of text) width += zero.test(character) ? 0 : wide.test(character) ? 2 : 1
  return width
}

/** At most `width` columns; what is cut is shown as one ellipsis. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  let kept = ''
  let used = 0
  for (const character of text) {
    const next = textWidth(character)
    if (used + next > width - 1) break
    kept += character
    used += next
  }
  return `${kept}…`
}

function padded(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)))
  return align === 'right' ? space + text : text + space
}

function shrinkingColumn(columns: readonly Column[]): number {
  const said = columns.findIndex(({ shrinks }) => shrinks === true)
  return said >= 0 ? said : columns.findLastIndex(({ align }) => align !== 'right')
}

function columnWidths(columns: readonly Column[], lines: readonly (readonly string[])[], width: number): number[] {
  const widths = columns.map((_, index) => lines.reduce((most, line) => Math.max(most, textWidth(line[index] ?? '')), 0))
  const total = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (columns.length - 1)
  const index = shrinkingColumn(columns)
  const shrinking = widths[index]
  if (shrinking !== undefined && total > width) widths[index] = Math.max(Math.min(LEAST_WIDTH, shrinking), shrinking - (total - width))
  return widths
}

/** Indices of the columns that fit: those that may be dropped go, one after the other, until the shrinking one has room. */
function keptColumns(columns: readonly Column[], lines: readonly (readonly string[])[], width: number): number[] {
  const natural = columns.map((_, index) => lines.reduce((most, line) => Math.max(most, textWidth(line[index] ?? '')), 0))
  const shrinking = shrinkingColumn(columns)
  const needs = Math.min(NAME_WIDTH, natural[shrinking] ?? 0)
  const kept = new Set(columns.keys())
  const droppable = [...columns.keys()]
    .filter((index) => columns[index]?.drops !== undefined)
    .sort((a, b) => (columns[a]?.drops ?? 0) - (columns[b]?.drops ?? 0))
  for (const index of droppable) {
    const others = [...kept].reduce((sum, each) => sum + (each === shrinking ? 0 : (natural[each] ?? 0) + GAP.length), 0)
    if (others + needs <= width) break
    kept.delete(index)
  }
  return [...kept]
}

/** Ends with a newline. An empty table says so. */
export function table(all: readonly Column[], allRows: readonly (readonly string[])[], options: TableOptions): string {
  const kept = keptColumns(all, [all.map(({ title }) => title), ...allRows], options.width - (options.indent ?? '').length)
  const columns = all.filter((_, index) => kept.includes(index))
  const rows = kept.length === all.length ? allRows : allRows.map((row) => row.filter((_, index) => kept.includes(index)))
  const indent = options.indent ?? ''
  if (rows.length === 0) return `${indent}(none)\n`
  const shown = rows.slice(0, options.rows ?? rows.length)
  const omitted = (options.omitted ?? 0) + rows.length - shown.length
  const lines = [columns.map(({ title }) => title), ...shown].map((row) => row.map((cell) => cell.replace(/\s+/g, ' ')))
  const widths = columnWidths(columns, lines, options.width - indent.length)
  const text = lines.map((line) => {
    const cells = columns.map(({ align }, index) => {
      const width = widths[index] ?? 0
      return padded(cut(line[index] ?? '', width), width, align ?? 'left')
    })
    return (indent + cells.join(GAP)).trimEnd()
  })
  if (omitted > 0) text.push(`${indent}… and ${formatCount(omitted)} more${options.unshown ?? ' (--limit 0 shows all)'}`)
  return `${text.join('\n')}\n`
}
