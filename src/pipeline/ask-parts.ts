/**
 * Questions about parts of a set of captures (one of each file, one of all ranks, one of a timeline with its counters), each capture
 * opened at most once. Every answer is kept under the same key as if its question had been asked alone.
 */
import { isSextantError, type SextantError } from '#base/errors.ts'
import type { TimelineNeed } from '#model/timeline.ts'
import { cacheFolder } from '#platform/cache-folder.ts'
import { DigestCache } from '#store/digest-cache.ts'
import { type AskContext, about, identityIfAny, keyOf, type Outcome, type Question } from './ask.ts'
import { loadFamilyRules } from './family-rules.ts'
import { openCapture } from './open-capture.ts'
import { Study } from './study.ts'

export interface Part {
  /** Indices into the paths, in the order in which the question gets its studies; one at least. */
  readonly of: readonly number[]
  readonly question: Question<unknown>
}

export interface AnsweredParts {
  /** One for each part, in its order. A part of an unreadable capture is refused with what was wrong with it. */
  readonly outcomes: readonly Outcome<unknown>[]
  /** SHA-256 of each capture that was asked; undefined where none was, or where it could not be read. */
  readonly hashes: readonly (string | undefined)[]
}

type Opened = Study | SextantError

export async function askParts(context: AskContext, paths: readonly string[], parts: readonly Part[]): Promise<AnsweredParts> {
  const cache = context.cache ? new DigestCache({ folder: cacheFolder(context.env) }) : undefined
  const hashes: (string | undefined)[] = paths.map((path) => cache?.knownHash(path))
  const kept = parts.map((part) => (cache === undefined ? undefined : loadKept(cache, paths, hashes, part)))
  const missing = parts.filter((_, index) => kept[index] === undefined)
  const studies = await openNeeded(context, paths, missing, hashes, cache)
  const outcomes = parts.map((part, index): Outcome<unknown> => {
    const known = kept[index]
    if (known !== undefined) return { state: 'answered', value: known.json }
    return answerPart(context, paths, hashes, studies, part, cache)
  })
  return { outcomes, hashes }
}

function loadKept(cache: DigestCache, paths: readonly string[], hashes: readonly (string | undefined)[], { of, question }: Part) {
  const [own, known] = [of.map((at) => paths[at] ?? ''), of.flatMap((at) => hashes[at] ?? [])]
  return known.length === own.length ? cache.load(keyOf(own, known, question)) : undefined
}

/** Opens what the questions without an answer need, with everything that any of them needs of it. Fills in the hashes. */
async function openNeeded(
  context: AskContext,
  paths: readonly string[],
  parts: readonly Part[],
  hashes: (string | undefined)[],
  cache: DigestCache | undefined,
): Promise<Map<number, Opened>> {
  const rules = loadFamilyRules(context.configRoot)
  const opened = new Map<number, Opened>()
  for (const [index, path] of paths.entries()) {
    const asking = parts.filter(({ of }) => of.includes(index))
    if (asking.length === 0) continue
    const needs = new Set<TimelineNeed>(asking.flatMap(({ question }) => [...question.needs]))
    const identity = cache === undefined ? undefined : identityIfAny(path)
    try {
      const capture = await openCapture(path, { needs })
      hashes[index] = capture.sha256
      if (identity !== undefined) cache?.rememberHash(identity, capture.sha256)
      opened.set(index, new Study(capture, rules))
    } catch (error) {
      if (!isSextantError(error)) throw error
      hashes[index] = undefined
      opened.set(index, error)
    }
  }
  return opened
}

function answerPart(
  context: AskContext,
  paths: readonly string[],
  hashes: readonly (string | undefined)[],
  studies: ReadonlyMap<number, Opened>,
  { of, question }: Part,
  cache: DigestCache | undefined,
): Outcome<unknown> {
  const own = of.map((at) => paths[at] ?? '')
  const opened = of.map((at) => studies.get(at))
  const failed = opened.find((each) => isSextantError(each))
  if (isSextantError(failed)) return { state: 'refused', error: failed }
  try {
    const value = question.compute(
      opened.filter((each) => each instanceof Study),
      loadFamilyRules(context.configRoot),
    )
    cache?.save(
      keyOf(
        own,
        of.map((at) => hashes[at] ?? ''),
        question,
      ),
      { json: value },
    )
    return { state: 'answered', value }
  } catch (error) {
    if (isSextantError(error)) return { state: 'refused', error: about(own, error) }
    throw error
  }
}
