/** How every two captures relate and whether they are of one model of device: what decides if they may be read as one picture. */
import { commonRatio, type RelatedSource, type RelationKind, relateCaptures, relatedSource } from '#analysis/joins/relate.ts'
import type { Question } from './ask.ts'
import { oneByOne } from './one-by-one.ts'

export interface CaptureRelation {
  readonly left: number
  readonly right: number
  readonly kind: RelationKind
  readonly why: string
  readonly deviceModel: 'equal' | 'different' | 'unknown'
  /** Of the left’s and the right’s kernels, by time where it is known: how much is in the other. Absent where one knows no kernels. */
  readonly leftCommonRatio?: number
  readonly rightCommonRatio?: number
}

/** Pairs in the order of the captures, the earlier one left. @param names of the sources, for the reasons. */
export function relationsQuestion(names: readonly string[]): Question<readonly CaptureRelation[]> {
  return oneByOne({
    name: 'relations',
    options: { names },
    needs: ['geometry', 'collectives'],
    keep: (study, rules, at) =>
      relatedSource(
        {
          name: names[at] ?? '',
          sha256: study.sha256,
          capture: study.capture,
          sequences: () => study.sequences(),
          callsOf: (device) => study.callsOf(device),
        },
        rules,
      ),
    join: (sources) => sources.flatMap((left, i) => sources.slice(i + 1).map((right, k) => relationOf({ left, right, i, k: i + 1 + k }))),
  })
}

interface Pair {
  readonly left: RelatedSource
  readonly right: RelatedSource
  readonly i: number
  readonly k: number
}

function relationOf({ left, right, i, k }: Pair): CaptureRelation {
  const { relation, devices, kernels } = relateCaptures(left, right)
  return {
    left: i,
    right: k,
    kind: relation.kind,
    why: relation.why,
    deviceModel: devices.model,
    ...(kernels === undefined ? {} : { leftCommonRatio: commonRatio(kernels.left), rightCommonRatio: commonRatio(kernels.right) }),
  }
}
