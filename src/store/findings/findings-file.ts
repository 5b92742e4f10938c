/**
 * findings.yaml read and written. Format: facts/formats.md section 5. Comments and keys of other tools stay where they are: only the
 * finding that is recorded is replaced.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { Document, isMap, isSeq, parseDocument } from 'yaml'
import { SextantError } from '#base/errors.ts'
import { type Finding, findingsFileSchema } from '#formats/findings.ts'
import { fileError } from '#platform/access.ts'

/** Far above any review; a file beyond it is not one that people wrote. */
const MAX_BYTES = 16 * 1024 * 1024

export interface KeptFindings {
  readonly findings: readonly Finding[]
  readonly document: Document
  /** Of the bytes as they were read; empty where there was no file. */
  readonly text: string
}

/** Throws `corrupt_file` for what is no list of findings, or holds one id twice: then nobody knows which one counts. */
export function parseFindings(text: string, shown: string): KeptFindings {
  const document = parseDocument(text)
  const [problem] = document.errors
  if (problem !== undefined) throw damaged(shown, problem.message.split('\n')[0] ?? 'it is not YAML', problem)
  let value: unknown
  try {
    value = document.toJS()
  } catch (error) {
    throw damaged(shown, error instanceof Error ? error.message : 'it is not YAML', error)
  }
  if (value === null || value === undefined) return { findings: [], document: new Document({ findings: [] }), text }
  const parsed = findingsFileSchema.safeParse(value)
  if (!parsed.success) {
    throw damaged(shown, parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`).join('; '))
  }
  const ids = parsed.data.findings.map(({ id }) => id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) throw damaged(shown, `id ${JSON.stringify(twice)} stands there twice`)
  return { findings: parsed.data.findings, document, text }
}

function damaged(shown: string, problem: string, cause?: unknown): SextantError {
  return new SextantError(
    'corrupt_file',
    `${shown} is no list of findings: ${problem}`,
    'Correct it by hand, or restore it from versions/ of the bundle.',
    { path: shown, problem },
    cause,
  )
}

export function readFindings(path: string, shown: string): KeptFindings {
  let text: string
  try {
    const { size } = statSync(path)
    if (size > MAX_BYTES) {
      throw new SextantError('limit_exceeded', `${shown} has ${size} bytes`, `Split it: at most ${MAX_BYTES} bytes are read.`, {
        path: shown,
      })
    }
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(shown, error)
  }
  return parseFindings(text, shown)
}

export const readFindingsIfAny = (path: string, shown: string): KeptFindings =>
  existsSync(path) ? readFindings(path, shown) : parseFindings('', shown)

/** The file's text with this finding in place of the one with its id, else at the end. */
export function withFinding({ document, findings }: KeptFindings, finding: Finding): string {
  const list = document.get('findings')
  if (!isSeq(list)) throw new Error('parseFindings let a file without a list pass')
  list.flow = false
  const index = findings.findIndex(({ id }) => id === finding.id)
  const node = document.createNode(finding)
  const old = index < 0 ? undefined : list.items[index]
  if (isMap(old) && old.commentBefore != null) node.commentBefore = old.commentBefore
  if (index < 0) list.items.push(node)
  else list.items[index] = node
  return document.toString({ lineWidth: 0 })
}
