/** One question to one capture or several, answered from the digest cache where the same program answered it for the same bytes. */
import { createHash } from 'node:crypto'
import type { FamilyRules } from '#analysis/families.ts'
import type { SourceReference } from '#formats/source.ts'
import type { TimelineNeed } from '#model/timeline.ts'
import { buildId } from '#platform/build-id.ts'
import { cacheFolder } from '#platform/cache-folder.ts'
import { DigestCache, type DigestKey } from '#store/digest-cache.ts'
import { identityOf } from '#store/file-identity.ts'
import { loadFamilyRules } from './family-rules.ts'
import { identify, openCapture } from './open-capture.ts'
import { sourceNames } from './source-names.ts'
import { Study } from './study.ts'

export interface AskContext {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly configRoot: string
  /** False: neither read from the digest cache nor write to it. */
  readonly cache: boolean
}

export interface Question<T> {
  /** Name of what is computed; with `options` and the program's own identity, the key of the answer. */
  readonly name: string
  /** Everything that the answer depends on beside the captures and the program: JSON. */
  readonly options: unknown
  readonly needs: Iterable<TimelineNeed>
  compute(studies: readonly Study[], rules: FamilyRules): T
}

export interface Answered<T> {
  readonly value: T
  readonly sources: SourceReference[]
}

/** `paths` are opened in order. The value must survive JSON: it is what an output carries. */
export async function ask<T>(context: AskContext, paths: readonly string[], question: Question<T>): Promise<Answered<T>> {
  const cache = context.cache ? new DigestCache({ folder: cacheFolder(context.env) }) : undefined
  const names = sourceNames(paths)
  const sourcesOf = (hashes: readonly string[]) => hashes.map((sha256, index) => ({ path: names[index] ?? '', sha256 }))
  const known = cache === undefined ? undefined : knownHashes(cache, paths)
  if (cache !== undefined && known !== undefined) {
    const kept = cache.load(keyOf(paths, known, question))
    // The key names the question, its options and the program: what was kept under it is what `compute` would return.
    if (kept !== undefined) return { value: kept.json as T, sources: sourcesOf(known) }
  }
  const rules = loadFamilyRules(context.configRoot)
  const identities = cache === undefined ? [] : paths.map((path) => identityIfAny(path))
  const hashes: string[] = []
  const studies: Study[] = []
  for (const path of paths) {
    const opened = await openCapture(path, { needs: question.needs })
    hashes.push(opened.sha256)
    studies.push(new Study(opened, rules))
  }
  const value = question.compute(studies, rules)
  if (cache !== undefined) {
    for (const [index, identity] of identities.entries()) if (identity !== undefined) cache.rememberHash(identity, hashes[index] ?? '')
    cache.save(keyOf(paths, hashes, question), { json: value })
  }
  return { value, sources: sourcesOf(hashes) }
}

function identityIfAny(path: string): ReturnType<typeof identityOf> | undefined {
  try {
    return identityOf(path)
  } catch {
    return undefined // the reader will say what is wrong with it
  }
}

function knownHashes(cache: DigestCache, paths: readonly string[]): string[] | undefined {
  const hashes = paths.flatMap((path) => cache.knownHash(path) ?? [])
  return hashes.length === paths.length ? hashes : undefined
}

function keyOf<T>(paths: readonly string[], hashes: readonly string[], { name, options }: Question<T>): DigestKey {
  const readers = paths.map((path) => identify(path).reader)
  const sha256 = hashes.length === 1 ? (hashes[0] ?? '') : createHash('sha256').update(hashes.join('\n')).digest('hex')
  return {
    sha256,
    readerKind: readers.map(({ kind }) => kind).join('+'),
    readerVersion: readers.reduce((sum, { version }) => sum + version, 0),
    name: `${name} ${JSON.stringify(options)} ${buildId()}`,
  }
}
