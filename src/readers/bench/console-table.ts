/**
 * Tables that consoles draw (box characters or pipes), put back together: a narrow terminal folds titles and numbers over several lines.
 * Lines may carry a log's prefix and colours.
 */

export interface ConsoleTable {
  /** The last line of text above it. */
  readonly title: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Lines of the text: of the header, and of the last row. */
  readonly firstLine: number
  readonly lastLine: number
}

/** Escape sequences of terminals: colours and cursor moves. */
const ESCAPES = /\u001B\[[0-9;?]*[A-Za-z]/g
/** A pipe separates only where there are no box characters: messages of errors hold pipes. */
const BOX = /[│┃]/
const PIPE = /\|/
const RULE = /^[\s┏┓┗┛┡┩├┤└┘┌┐╇╈┳┻┴┬┼╋━─═╞╡╪+\-=|]+$/

export function withoutEscapes(text: string): string {
  return text.replace(ESCAPES, '')
}

/** Cells between the first and the last separator; undefined where the line has fewer than two of them. */
function cellsOf(line: string): string[] | undefined {
  const separator = BOX.test(line) ? BOX : PIPE
  const first = line.search(separator)
  if (first < 0) return undefined
  const cells = line.slice(first + 1).split(separator)
  // What follows the last separator is outside the table.
  cells.pop()
  return cells.length === 0 ? undefined : cells.map((cell) => cell.trim().replace(/\s+/g, ' '))
}

/** Every table whose header `isHeader` accepts; it ends with the first line that is neither a row of its width nor a rule. */
export function consoleTables(text: string, isHeader: (cells: readonly string[]) => boolean): ConsoleTable[] {
  const tables: { title: string; header: string[]; rows: string[][]; firstLine: number; lastLine: number }[] = []
  let current: (typeof tables)[number] | undefined
  let title = ''
  // A progress bar rewrites its line: only what was left standing counts.
  for (const [number, raw] of withoutEscapes(text).split(/\r?\n/).entries()) {
    const line = raw.slice(raw.lastIndexOf('\r') + 1)
    if (line.trim() === '') continue
    if (RULE.test(line)) continue
    const cells = cellsOf(line)
    if (cells !== undefined && isHeader(cells)) {
      current = { title, header: cells, rows: [], firstLine: number, lastLine: number }
      tables.push(current)
    } else if (current !== undefined && cells?.length === current.header.length) {
      addRow(current.rows, cells)
      current.lastLine = number
    } else if (!/[┏┡├└─━]/.test(line)) {
      current = undefined
      title = line.trim()
    }
  }
  return tables
}

/** A row whose title is empty, or follows one whose unit has not come yet, continues the row above. */
function addRow(rows: string[][], cells: string[]): void {
  const last = rows.at(-1)
  const [title = '', ...numbers] = cells
  if (last === undefined || !(title === '' || continues(last[0] ?? '', numbers))) {
    rows.push(cells)
    return
  }
  for (const [index, cell] of cells.entries()) {
    if (cell === '') continue
    const before = last[index] ?? ''
    // Words are folded at spaces, numbers anywhere.
    last[index] = index === 0 && before !== '' ? `${before} ${cell}` : before + cell
  }
}

function continues(title: string, numbers: readonly string[]): boolean {
  if (title.endsWith(')')) return false
  // A row has something in every column (`N/A`); what is folded does not reach all of them.
  return title.includes('(') || numbers.some((cell) => cell === '')
}
