/** Families and roles of a timeline's kernel names, as columns by name id. */
import { classifyKernelName, communicationNames, type FamilyRules } from '#analysis/families.ts'
import type { Timeline } from '#model/timeline.ts'

/** Family of kernels that no rule names, as `kernels` calls it. */
export const UNKNOWN_FAMILY = 'unknown'

export function familyOfNames(timeline: Timeline, rules: FamilyRules): { readonly names: readonly string[]; readonly ofName: Int32Array } {
  const ids = new Map<string, number>()
  const ofName = Int32Array.from(timeline.kernelNames, (kernel) => {
    const family = classifyKernelName(kernel, rules).family ?? UNKNOWN_FAMILY
    const known = ids.get(family)
    if (known !== undefined) return known
    ids.set(family, ids.size)
    return ids.size - 1
  })
  return { names: [...ids.keys()], ofName }
}

/** 1 for each name that communicates: by its family, or because the capture records what collective it was. */
export function communicatingNames(timeline: Timeline, rules: FamilyRules): Uint8Array {
  const communicating = communicationNames(timeline.kernelNames, rules)
  const { collectives, kernels } = timeline
  for (let row = 0; row < (collectives?.length ?? 0); row += 1) {
    const name = kernels.name[collectives?.kernelRow[row] ?? -1]
    if (name !== undefined) communicating[name] = 1
  }
  return communicating
}
