/** Tab-separated tables with a header row, as the field's zymtrace bundles hold them. */
import { SextantError } from '#base/errors.ts'

export interface TsvTable {
  readonly columns: readonly string[]
  /** Cells by line; every row has as many as there are columns. */
  readonly rows: readonly (readonly string[])[]
}

/** Throws `corrupt_file` naming the line where a row has another number of cells: a shifted cell would be a wrong number. */
export function parseTsv(text: string, name: string): TsvTable {
  const lines = (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text).split(/\r?\n/)
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop()
  const columns = (lines[0] ?? '').split('\t').map((column) => column.trim())
  const rows = lines.slice(1).map((line, index) => {
    const cells = line.split('\t')
    if (cells.length !== columns.length) {
      throw new SextantError(
        'corrupt_file',
        `${name} line ${index + 2} has ${cells.length} cells, its header ${columns.length}`,
        'Write the file again from the query; names that hold tabs must be escaped.',
        { line: index + 2 },
      )
    }
    return cells
  })
  return { columns, rows }
}

/** Non-negative whole number as text, or undefined. `1,234` and exponents are not what the contract writes. */
export function sampleCount(text: string): number | undefined {
  const trimmed = text.trim()
  if (!/^\d+$/.test(trimmed)) return undefined
  const value = Number(trimmed)
  return Number.isSafeInteger(value) ? value : undefined
}
