/** The registry of value findings, YAML of people: what is wrong in it is said with its line. */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { isNode, LineCounter, type ParsedNode, parseDocument } from 'yaml'
import { SextantError } from '#base/errors.ts'
import { type ValueFindings, valueFindingsSchema } from '#formats/value-view.ts'
import { readTextFile } from '#store/campaign/cell-artifacts.ts'

export interface ReadRegistry {
  readonly registry: ValueFindings
  readonly source: { readonly path: string; readonly sha256: string }
}

function refused(shown: string, problems: readonly { readonly line: number; readonly text: string }[], cause?: unknown): SextantError {
  const sorted = [...problems].sort((a, b) => a.line - b.line)
  return new SextantError(
    'corrupt_file',
    `${shown} is no registry of value findings: ${sorted.map(({ line, text }) => `line ${line}: ${text}`).join('; ')}`,
    'Correct it there; examples/value/value-findings.yaml shows every key.',
    { path: shown, lines: sorted.map(({ line }) => line) },
    cause,
  )
}

/** @param shown the file as the caller named it. Throws `corrupt_file` with the line of every problem. */
export function parseValueFindings(text: string, shown: string): ValueFindings {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  if (document.errors.length > 0)
    throw refused(
      shown,
      document.errors.map(({ pos, message }) => ({ line: lines.linePos(pos[0]).line, text: message.split('\n')[0] ?? 'not YAML' })),
    )
  const lineAt = (path: readonly PropertyKey[]): number => {
    for (let depth = path.length; depth >= 0; depth -= 1) {
      const node = document.getIn(path.slice(0, depth), true)
      const range = isNode(node) ? (node as ParsedNode).range : undefined
      if (range !== undefined && range !== null) return lines.linePos(range[0]).line
    }
    return 1
  }
  let value: unknown
  try {
    value = document.toJS()
  } catch (error) {
    throw refused(shown, [{ line: 1, text: error instanceof Error ? error.message : 'not YAML' }], error)
  }
  const parsed = valueFindingsSchema.safeParse(value)
  if (!parsed.success)
    throw refused(
      shown,
      parsed.error.issues.map(({ path, message }) => ({
        line: lineAt(path),
        text: `${path.map(String).join('.') || 'the file'}: ${message}`,
      })),
    )
  const ids = parsed.data.findings.map(({ id }) => id)
  const twice = ids.findIndex((id, index) => ids.indexOf(id) !== index)
  if (twice >= 0)
    throw refused(shown, [{ line: lineAt(['findings', twice, 'id']), text: `the id ${JSON.stringify(ids[twice])} stands there twice` }])
  return parsed.data
}

/** Throws `file_not_found` where there is none. */
export function readValueFindings(path: string, shown: string): ReadRegistry {
  const read = readTextFile(path, shown)
  if (read.state === 'absent')
    throw new SextantError(
      'file_not_found',
      `there is no ${shown}`,
      'Give the registry of value findings: examples/value/value-findings.yaml shows its keys.',
      { path: shown },
    )
  if (read.state === 'unreadable') throw refused(shown, [{ line: 1, text: read.reason }])
  const sha256 = createHash('sha256').update(read.text).digest('hex')
  return { registry: parseValueFindings(read.text, shown), source: { path: basename(path), sha256 } }
}
