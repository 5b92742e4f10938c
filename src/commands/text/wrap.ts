/** Sentences longer than a terminal, broken between words; what follows hangs below where the sentence began. */
import { textWidth } from './table.ts'

/** `Next lever:       the text`, `ok    the text`: what hangs below begins under the text. */
const labelled = /^\s*(?:[A-Z][a-z ]{2,16}:|ok|FAIL|\?|yes|no|unknown) {2,}/
/** Columns stand apart by two spaces: a row of a table is never broken (tables fit the width themselves). */
const gaps = /\S {2,}(?=\S)/g

function wrapLine(line: string, width: number): string[] {
  if (textWidth(line) <= width) return [line]
  const label = labelled.exec(line)?.[0]
  if ((line.match(gaps)?.length ?? 0) > (label === undefined ? 0 : 1)) return [line]
  const indent = ' '.repeat(label === undefined ? (/^ */.exec(line)?.[0].length ?? 0) + 2 : label.length)
  // Nothing useful fits beside so deep an indent.
  if (indent.length > width / 2) return [line]
  const lines: string[] = []
  let current = label ?? /^ */.exec(line)?.[0] ?? ''
  let isEmpty = true
  for (const word of line.slice(current.length).split(' ')) {
    if (!isEmpty && textWidth(current) + 1 + textWidth(word) > width) {
      lines.push(current)
      current = indent
      isEmpty = true
    }
    current += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  lines.push(current)
  return lines
}

/** @param width Columns; Infinity (piped output) leaves the text as it is. */
export function wrapText(text: string, width: number): string {
  if (!Number.isFinite(width)) return text
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, width))
    .join('\n')
}
