/** A question while its captures are opened one after the other: what it needs of them is taken as they come. */
import type { FamilyRules } from '#analysis/families.ts'
import { isSextantError, type SextantError } from '#base/errors.ts'
import type { Gathering, Outcome, Question } from './ask.ts'
import type { Study } from './study.ts'

/** A capture that was opened, or why it could not be. */
export type Opened = Study | SextantError

export class RunningQuestion<T> {
  readonly #question: Question<T>
  readonly #rules: FamilyRules
  readonly #missing: Set<number>
  readonly #gathering: Gathering<T> | undefined
  /** Only where the question must have them together. */
  readonly #held = new Map<number, Study>()
  readonly #failed = new Map<number, SextantError>()
  #outcome: Outcome<T> | undefined

  /** @param captures that the question is asked of: positions from 0. */
  constructor(question: Question<T>, captures: number, rules: FamilyRules) {
    this.#question = question
    this.#rules = rules
    this.#missing = new Set(Array.from({ length: captures }, (_, at) => at))
    this.#gathering = captures > 1 ? question.begin?.(rules) : undefined
  }

  /** @returns whether that was the last: then the question is answered, and holds no capture any more. */
  take(at: number, opened: Opened): boolean {
    this.#missing.delete(at)
    if (isSextantError(opened)) this.#failed.set(at, opened)
    else if (this.#gathering === undefined) this.#held.set(at, opened)
    else if (this.#outcome === undefined) this.#attempt(() => this.#gathering?.take(at, opened))
    if (this.#missing.size > 0) return false
    this.#finish()
    this.#held.clear()
    return true
  }

  /** Refused where a capture could not be opened: by the first of them. `unopened` tells that from what the question itself refuses. */
  outcome(): { readonly outcome: Outcome<T>; readonly unopened: boolean } {
    const first = [...this.#failed].sort(([a], [b]) => a - b)[0]
    if (first !== undefined) return { outcome: { state: 'refused', error: first[1] }, unopened: true }
    if (this.#outcome === undefined) throw new Error('a question was not given all its captures')
    return { outcome: this.#outcome, unopened: false }
  }

  #finish(): void {
    if (this.#failed.size > 0 || this.#outcome !== undefined) return
    const gathering = this.#gathering
    const studies = [...this.#held].sort(([a], [b]) => a - b).map(([, study]) => study)
    this.#attempt(() => {
      const value = gathering === undefined ? this.#question.compute(studies, this.#rules) : gathering.answer()
      this.#outcome = { state: 'answered', value }
    })
  }

  #attempt(compute: () => void): void {
    try {
      compute()
    } catch (error) {
      if (!isSextantError(error)) throw error
      this.#outcome = { state: 'refused', error }
    }
  }
}
