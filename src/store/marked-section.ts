/** Replaces one generated part of a Markdown file that people write in: between two markers, nothing else. */
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { SextantError } from '#base/errors.ts'
import { fileError } from '#platform/access.ts'
import { withLock, writeWhole } from '#platform/files.ts'

export interface MarkedSection {
  /** Kebab-case id in the markers. */
  readonly id: string
  /** Below which the section goes where the file has no markers yet; added at the end where the file has no such heading. */
  readonly heading: string
  readonly body: string
}

const begin = (id: string): string => `<!-- sextant:${id} begin: generated, edits between these lines are lost -->`
const end = (id: string): string => `<!-- sextant:${id} end -->`

/** Throws `corrupt_file` where markers are not one pair in order: then nobody knows what may be replaced. */
export function withSection(text: string, { id, heading, body }: MarkedSection, name: string): string {
  const begins = text.split(`<!-- sextant:${id} begin`).length - 1
  const ends = text.split(end(id)).length - 1
  const block = `${begin(id)}\n${body.trimEnd()}\n${end(id)}`
  if (begins === 0 && ends === 0) return inserted(text, heading, block)
  const from = text.indexOf(`<!-- sextant:${id} begin`)
  const to = text.indexOf(end(id))
  if (begins !== 1 || ends !== 1 || to < from)
    throw new SextantError(
      'corrupt_file',
      `${name} has ${begins} begin and ${ends} end markers of ${id}`,
      'Leave one pair, or delete both lines: the section is then added anew.',
    )
  return text.slice(0, from) + block + text.slice(to + end(id).length)
}

function inserted(text: string, heading: string, block: string): string {
  const lines = text.split('\n')
  const at = lines.findIndex((line) => /^#{1,6}\s/.test(line) && line.replace(/^#+\s*/, '').trim() === heading)
  if (at >= 0) return [...lines.slice(0, at + 1), '', block, ...lines.slice(at + 1)].join('\n')
  const before = text.trimEnd()
  return `${before}${before === '' ? '' : '\n\n'}## ${heading}\n\n${block}\n`
}

/** Reads, replaces and writes under a lock, so that two runs do not lose each other's section. Returns the file's base name. */
export async function writeSection(path: string, section: MarkedSection): Promise<string> {
  const name = basename(path)
  await withLock(path, () => {
    const text = existsSync(path) ? read(path) : ''
    const next = withSection(text, section, name)
    if (next !== text) writeWhole(path, next)
  })
  return name
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(path, error)
  }
}
