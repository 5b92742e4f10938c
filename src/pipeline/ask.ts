/** One question to one capture or several, answered from the digest cache where the same program answered it for the same bytes. */
import { createHash } from 'node:crypto'
import type { FamilyRules } from '#analysis/families.ts'
import { SextantError } from '#base/errors.ts'
import type { SourceReference } from '#formats/source.ts'
import type { TimelineNeed } from '#model/timeline.ts'
import { buildId } from '#platform/build-id.ts'
import { cacheFolder } from '#platform/cache-folder.ts'
import { DigestCache, type DigestKey } from '#store/digest-cache.ts'
import { identityOf } from '#store/file-identity.ts'
import { loadFamilyRules } from './family-rules.ts'
import { identify, openCapture } from './open-capture.ts'
import { RunningQuestion } from './running-question.ts'
import { sourceNames } from './source-names.ts'
import { Study } from './study.ts'

export interface AskContext {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly configRoot: string
  /** False: neither read from the digest cache nor write to it. */
  readonly cache: boolean
}

/** An answer that takes captures one after the other, and keeps of each only what it needs. */
export interface Gathering<T> {
  /** @param at position of the capture among those that the question is asked of. */
  take(at: number, study: Study): void
  answer(): T
}

export interface Question<T> {
  /** Name of what is computed; with `options` and the program's own identity, the key of the answer. */
  readonly name: string
  /** Everything that the answer depends on beside the captures and the program: JSON. */
  readonly options: unknown
  readonly needs: Iterable<TimelineNeed>
  compute(studies: readonly Study[], rules: FamilyRules): T
  /** Present where several captures need not be held at once: `compute` is the same with all of them. */
  begin?(rules: FamilyRules): Gathering<T>
}

export interface Answered<T> {
  readonly value: T
  readonly sources: SourceReference[]
}

/** What one of several questions came to: a capture may answer one and lack what another needs. */
export type Outcome<T> = { readonly state: 'answered'; readonly value: T } | { readonly state: 'refused'; readonly error: SextantError }

export interface AnsweredEach<T extends readonly unknown[]> {
  readonly outcomes: { readonly [K in keyof T]: Outcome<T[K]> }
  readonly sources: SourceReference[]
}

type Questions<T extends readonly unknown[]> = { readonly [K in keyof T]: Question<T[K]> }

/** `paths` are opened in order. The value must survive JSON: it is what an output carries. */
export async function ask<T>(context: AskContext, paths: readonly string[], question: Question<T>): Promise<Answered<T>> {
  const { outcomes, sources } = await askEach<[T]>(context, paths, [question])
  const [outcome] = outcomes
  if (outcome.state === 'refused') throw outcome.error
  return { value: outcome.value, sources }
}

/** Several questions of the same captures, read at most once. Throws where the captures cannot be read at all. */
export async function askEach<T extends readonly unknown[]>(
  context: AskContext,
  paths: readonly string[],
  questions: Questions<T>,
): Promise<AnsweredEach<T>> {
  const cache = context.cache ? new DigestCache({ folder: cacheFolder(context.env) }) : undefined
  const names = sourceNames(paths)
  const known = cache === undefined ? undefined : knownHashes(cache, paths)
  const kept = questions.map((question) => (known === undefined ? undefined : cache?.load(keyOf(paths, known, question))))
  if (known !== undefined && kept.every((value) => value !== undefined)) {
    // The key names the question, its options and the program: what was kept under it is what `compute` would return.
    return {
      outcomes: kept.map((value) => ({ state: 'answered', value: value?.json })) as AnsweredEach<T>['outcomes'],
      sources: sourcesOf(names, known),
    }
  }
  const identities = cache === undefined ? [] : paths.map(identityIfAny)
  const rules = loadFamilyRules(context.configRoot)
  const running = questions.map((question) => new RunningQuestion<unknown>(question, paths.length, rules))
  const hashes: string[] = []
  const needs = new Set(questions.flatMap(({ needs: own }) => [...own]))
  for (const [at, path] of paths.entries()) hashes.push(await takeCapture(path, at, needs, rules, running))
  for (const [index, identity] of identities.entries()) if (identity !== undefined) cache?.rememberHash(identity, hashes[index] ?? '')
  const outcomes = questions.map((question, index): Outcome<unknown> => {
    const outcome = running[index]?.outcome().outcome
    if (outcome === undefined) throw new Error('every question runs')
    if (outcome.state === 'refused') return { state: 'refused', error: about(paths, outcome.error) }
    cache?.save(keyOf(paths, hashes, question), { json: outcome.value })
    return outcome
  })
  // `map` over the tuple of questions keeps its order and length.
  return { outcomes: outcomes as AnsweredEach<T>['outcomes'], sources: sourcesOf(names, hashes) }
}

/** A function of its own: when it returns, nothing but a question that needs it holds the capture. Returns its hash. */
async function takeCapture(
  path: string,
  at: number,
  needs: ReadonlySet<TimelineNeed>,
  rules: FamilyRules,
  running: readonly RunningQuestion<unknown>[],
): Promise<string> {
  const opened = await openCapture(path, { needs })
  const study = new Study(opened, rules)
  for (const question of running) question.take(at, study)
  return opened.sha256
}

/** What is computed knows no file: the error of a question says which capture could not answer it. */
export function about(paths: readonly string[], error: SextantError): SextantError {
  const [path] = paths
  if (path === undefined || paths.length > 1 || error.message.includes(path)) return error
  return new SextantError(error.code, `${path}: ${error.message}`, error.hint, error.details, error)
}

export function sourcesOf(names: readonly string[], hashes: readonly string[]): SourceReference[] {
  return hashes.map((sha256, index) => ({ path: names[index] ?? '', sha256 }))
}

export function identityIfAny(path: string): ReturnType<typeof identityOf> | undefined {
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

export function keyOf<T>(paths: readonly string[], hashes: readonly string[], { name, options }: Question<T>): DigestKey {
  const readers = paths.map((path) => identify(path).reader)
  const sha256 = hashes.length === 1 ? (hashes[0] ?? '') : createHash('sha256').update(hashes.join('\n')).digest('hex')
  return {
    sha256,
    readerKind: readers.map(({ kind }) => kind).join('+'),
    readerVersion: readers.reduce((sum, { version }) => sum + version, 0),
    name: `${name} ${JSON.stringify(options)} ${buildId()}`,
  }
}
