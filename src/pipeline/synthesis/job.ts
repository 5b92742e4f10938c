/** Which timelines of a bundle are read together: ranks of one job, or one of several runs. And which captures do not belong together. */
import type { CaptureRelation } from '#pipeline/relations-question.ts'
import type { BundleFile } from './bundle-files.ts'

/** Timelines that a budget can be asked of. Framework traces only where there is no other: their host time is distorted. */
export function candidates(files: readonly BundleFile[]): BundleFile[] {
  const timelines = files.filter(({ form, reader }) => form === 'timeline' && reader !== 'nsys-rep')
  const light = timelines.filter(({ kind }) => kind === 'nsys')
  return light.length > 0 ? light : timelines
}

export interface Job {
  readonly files: readonly BundleFile[]
  /** Candidates that are not of it, with why. */
  readonly others: readonly { readonly file: BundleFile; readonly why: string }[]
}

/** The first candidate, with every other that is a rank of the same job. */
export function jobOf(timelines: readonly BundleFile[], relations: readonly CaptureRelation[], related: readonly BundleFile[]): Job {
  const [first, ...rest] = timelines
  if (first === undefined) return { files: [], others: [] }
  const files = [first]
  const others: { file: BundleFile; why: string }[] = []
  for (const file of rest) {
    const relation = relationOf(first, file, relations, related)
    if (relation?.kind === 'ranks-of-one-job' || relation?.kind === 'one-process') files.push(file)
    else if (relation?.kind === 'one-recording') others.push({ file, why: `the same recording as ${first.place}` })
    else
      others.push({
        file,
        why: `another run than ${first.place}, which is the one that is read: ${relation?.why ?? 'nothing relates them'}`,
      })
  }
  return { files, others }
}

function relationOf(a: BundleFile, b: BundleFile, relations: readonly CaptureRelation[], related: readonly BundleFile[]) {
  const [i, j] = [related.indexOf(a), related.indexOf(b)]
  return relations.find(({ left, right }) => (left === i && right === j) || (left === j && right === i))
}

/**
 * Sentences on pairs that cannot be of one workload: no or little of either's kernels in the other, or another model of GPU. Captures that
 * failed their gates are not asked.
 */
export function strangers(
  relations: readonly CaptureRelation[],
  related: readonly BundleFile[],
  valid: (file: BundleFile) => boolean,
): string[] {
  return relations.flatMap(({ left, right, kind, why, deviceModel }) => {
    const [a, b] = [related[left], related[right]]
    if (a === undefined || b === undefined || !valid(a) || !valid(b)) return []
    if (kind === 'unrelated' || kind === 'little-in-common') return [`${a.place} and ${b.place}: ${why}`]
    return deviceModel === 'different' ? [`${a.place} and ${b.place} are of different models of GPU`] : []
  })
}
