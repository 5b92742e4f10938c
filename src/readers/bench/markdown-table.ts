/** Pipe tables of Markdown, each with the headings above it. Tables inside code fences are quotations, not the document's own. */

export interface MarkdownTable {
  /** Nearest headings above, outermost first. */
  readonly headings: readonly string[]
  /** The last line of text between heading and table; '' where there is none. */
  readonly caption: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const DELIMITERS = /^\|?:?-+:?(?:\|:?-+:?)*\|?$/

/** Without its spaces: where several parts of a pattern may take them, a long run is tried in quadratic time. */
const isDelimiters = (line: string): boolean => line.includes('-') && DELIMITERS.test(line.replace(/\s+/g, ''))

/** Cells of a row: `\|` is a bar inside a cell; emphasis, code marks and HTML breaks are dressing. */
function cellsOf(line: string): string[] {
  const inner = line.trim().replace(/^\|/, '').replace(/\|$/, '')
  return inner.split(/(?<!\\)\|/).map(plain)
}

export function plain(text: string): string {
  return text
    .replaceAll('\\|', '|')
    .replace(/<br\s*\/?>/gi, ' ')
    .replace(/\*\*|__|`/g, '')
    .replace(/^\*(.*)\*$/, '$1')
    .replace(/&nbsp;/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

export interface MarkdownDocument {
  readonly tables: readonly MarkdownTable[]
  /** `Name: value` lines of the text outside tables, in order. */
  readonly fields: readonly (readonly [name: string, value: string])[]
}

const FIELD = /^(?:[-*+]\s+)?([A-Za-z][\w ./()-]{0,60}?)\s*[:=]\s+(\S.*)$/

export function parseMarkdown(text: string): MarkdownDocument {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const tables: MarkdownTable[] = []
  const fields: (readonly [string, string])[] = []
  const headings: string[] = []
  let caption = ''
  let fence = ''
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1] ?? ''
    if (fence !== '' || mark !== '') {
      if (fence === '') fence = mark
      else if (mark.startsWith(fence)) fence = ''
      continue
    }
    const heading = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line)
    if (heading !== null) {
      headings.length = Math.min(headings.length, (heading[1]?.length ?? 1) - 1)
      headings.push(plain(heading[2] ?? ''))
      caption = ''
    } else if (line.includes('|') && isDelimiters(lines[at + 1] ?? '')) {
      const header = cellsOf(line)
      const rows: string[][] = []
      for (at += 2; at < lines.length && (lines[at] ?? '').includes('|'); at++) rows.push(cellsOf(lines[at] ?? ''))
      at--
      tables.push({ headings: headings.filter((each) => each !== ''), caption, header, rows })
      caption = ''
    } else if (line.trim() !== '') {
      caption = plain(line)
      const field = FIELD.exec(caption)
      if (field !== null) fields.push([field[1] ?? '', field[2] ?? ''])
    }
  }
  return { tables, fields }
}
