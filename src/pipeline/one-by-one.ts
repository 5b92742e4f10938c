/** Questions over several captures that need not hold them all at once: long captures of eight ranks are gigabytes. */
import type { FamilyRules } from '#analysis/families.ts'
import type { Gathering, Question } from './ask.ts'
import type { Study } from './study.ts'

interface OneByOne<T, K> extends Pick<Question<T>, 'name' | 'options' | 'needs'> {
  /** What the answer needs of one capture; holds nothing of its timeline. @param at position among the captures. */
  keep(study: Study, rules: FamilyRules, at: number): K
  join(kept: readonly K[], rules: FamilyRules): T
}

export function oneByOne<T, K>({ name, options, needs, keep, join }: OneByOne<T, K>): Question<T> {
  return {
    name,
    options,
    needs,
    compute: (studies, rules) =>
      join(
        studies.map((study, at) => keep(study, rules, at)),
        rules,
      ),
    begin(rules): Gathering<T> {
      const kept: { readonly at: number; readonly of: K }[] = []
      return {
        take(at, study) {
          kept.push({ at, of: keep(study, rules, at) })
        },
        answer: () =>
          join(
            kept.toSorted((a, b) => a.at - b.at).map(({ of }) => of),
            rules,
          ),
      }
    },
  }
}
