/**
 * Questions about parts of a set of captures (one of each file, one of all ranks, one of a timeline with its counters), each capture
 * opened at most once and let go as soon as the questions took what they need. Every answer is kept under the same key as if its question
 * had been asked alone.
 */

import type { FamilyRules } from '#analysis/families.ts'
import { isSextantError } from '#base/errors.ts'
import type { TimelineNeed } from '#model/timeline.ts'
import { cacheFolder } from '#platform/cache-folder.ts'
import { DigestCache } from '#store/digest-cache.ts'
import { type AskContext, about, identityIfAny, keyOf, type Outcome, type Question } from './ask.ts'
import { loadFamilyRules } from './family-rules.ts'
import { openCapture } from './open-capture.ts'
import { type Opened, RunningQuestion } from './running-question.ts'
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

interface RunningPart extends Part {
  readonly running: RunningQuestion<unknown>
}

interface Asked {
  readonly paths: readonly string[]
  readonly cache: DigestCache | undefined
  /** Filled in as captures are opened. */
  readonly hashes: (string | undefined)[]
}

export async function askParts(context: AskContext, paths: readonly string[], parts: readonly Part[]): Promise<AnsweredParts> {
  const cache = context.cache ? new DigestCache({ folder: cacheFolder(context.env) }) : undefined
  const asked: Asked = { paths, cache, hashes: paths.map((path) => cache?.knownHash(path)) }
  const rules = loadFamilyRules(context.configRoot)
  const runs = parts.map((part) => {
    const kept = cache === undefined ? undefined : loadKept(asked, part)
    return kept === undefined
      ? { part: { ...part, running: new RunningQuestion(part.question, part.of.length, rules) } }
      : { kept: { state: 'answered' as const, value: kept.json } }
  })
  const running = runs.flatMap(({ part }) => part ?? [])
  for (const index of openingOrder(running)) await takeCapture(asked, index, running, rules)
  return { outcomes: runs.map(({ part, kept }) => (part === undefined ? kept : outcomeOf(asked, part))), hashes: asked.hashes }
}

function loadKept({ paths, hashes, cache }: Asked, { of, question }: Part) {
  const [own, known] = [of.map((at) => paths[at] ?? ''), of.flatMap((at) => hashes[at] ?? [])]
  return known.length === own.length ? cache?.load(keyOf(own, known, question)) : undefined
}

/** What a question must hold together comes first and in one go: one long timeline is held at a time, and the others never wait for it. */
function openingOrder(parts: readonly RunningPart[]): number[] {
  const together = parts.filter(({ of, question }) => of.length > 1 && question.begin === undefined)
  const rest = parts.flatMap(({ of }) => of).sort((a, b) => a - b)
  return [...new Set([...together.flatMap(({ of }) => of), ...rest])]
}

/** Opens a capture with everything that any question needs of it. A function of its own: after it, only questions hold the capture. */
async function takeCapture(asked: Asked, index: number, parts: readonly RunningPart[], rules: FamilyRules): Promise<void> {
  const asking = parts.filter(({ of }) => of.includes(index))
  const needs = new Set<TimelineNeed>(asking.flatMap(({ question }) => [...question.needs]))
  const opened = await open(asked, index, needs, rules)
  for (const { of, running } of asking) for (const [at, each] of of.entries()) if (each === index) running.take(at, opened)
}

async function open({ paths, hashes, cache }: Asked, index: number, needs: ReadonlySet<TimelineNeed>, rules: FamilyRules): Promise<Opened> {
  const path = paths[index] ?? ''
  const identity = cache === undefined ? undefined : identityIfAny(path)
  try {
    const capture = await openCapture(path, { needs })
    hashes[index] = capture.sha256
    if (identity !== undefined) cache?.rememberHash(identity, capture.sha256)
    return new Study(capture, rules)
  } catch (error) {
    if (!isSextantError(error)) throw error
    hashes[index] = undefined
    return error
  }
}

function outcomeOf({ paths, hashes, cache }: Asked, { of, question, running }: RunningPart): Outcome<unknown> {
  const own = of.map((at) => paths[at] ?? '')
  const { outcome, unopened } = running.outcome()
  if (outcome.state === 'refused') return unopened ? outcome : { state: 'refused', error: about(own, outcome.error) }
  const known = of.map((at) => hashes[at] ?? '')
  cache?.save(keyOf(own, known, question), { json: outcome.value })
  return outcome
}
