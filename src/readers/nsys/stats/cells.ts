/** Cells of `nsys stats` output: CSV with quotes, text under a ruler of dashes, numbers in the locales that spreadsheets leave behind. */

/** A line of CSV. Quotes double inside quotes; an unclosed quote takes the rest of the line. */
export function splitCsv(line: string, delimiter: string): string[] {
  const cells: string[] = []
  let at = 0
  while (at <= line.length) {
    if (line[at] === '"') {
      let cell = ''
      at++
      for (;;) {
        const quote = line.indexOf('"', at)
        cell += line.slice(at, quote < 0 ? line.length : quote)
        at = quote < 0 ? line.length : quote + 1
        if (quote < 0 || line[at] !== '"') break
        cell += '"'
        at++
      }
      const next = line.indexOf(delimiter, at)
      cells.push(cell)
      at = next < 0 ? line.length + 1 : next + 1
    } else {
      const next = line.indexOf(delimiter, at)
      cells.push(line.slice(at, next < 0 ? line.length : next))
      at = next < 0 ? line.length + 1 : next + 1
    }
  }
  return cells
}

/** Column borders from a ruler (` --------  -----`): start and end of each run of dashes; undefined where the line is none. */
export function rulerColumns(line: string): readonly (readonly [start: number, end: number])[] | undefined {
  if (!/^\s*-+(?:\s+-+)+\s*$/.test(line)) return undefined
  return Array.from(line.matchAll(/-+/g), (match) => [match.index, match.index + match[0].length] as const)
}

/** Names contain spaces, so cells are cut where the ruler says; the last one runs to the end of the line. */
export function cutAtRuler(line: string, columns: readonly (readonly [number, number])[]): string[] {
  return columns.map(([start, end], index) => line.slice(start, index === columns.length - 1 ? undefined : end).trim())
}

/**
 * A number with thousands separators or a decimal comma. With both signs present the last one is decimal. A lone comma before
 * three digits groups thousands, unless the cells are separated by semicolons, which is what locales with decimal commas write.
 */
export function parseNumber(text: string, delimiter: string): number {
  const compact = text.replace(/[\s'’\u00a0\u202f]/g, '')
  if (!/^[-+]?(?:[\d.,]+)(?:[eE][-+]?\d+)?$/.test(compact)) return Number.NaN
  const dot = compact.lastIndexOf('.')
  const comma = compact.lastIndexOf(',')
  if (comma < 0) return Number(compact.indexOf('.') === dot ? compact : compact.replaceAll('.', ''))
  if (dot >= 0) return Number(dot > comma ? compact.replaceAll(',', '') : compact.replaceAll('.', '').replace(',', '.'))
  const isGrouped = compact.indexOf(',') !== comma || (/,\d{3}$/.test(compact) && delimiter !== ';')
  return Number(isGrouped ? compact.replaceAll(',', '') : compact.replace(',', '.'))
}
