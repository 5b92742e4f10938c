/** What rows per kernel share, whatever source they come from. */
import { classifyKernelName, type FamilyRules } from '#analysis/families.ts'
import type { KernelGrouping } from '#analysis/kernel-statistics.ts'
import type { KernelRow, KernelSummary } from '#formats/kernel-summary.ts'
import type { Capture } from '#model/capture.ts'
import { shortKernelName } from '#model/kernel-name.ts'
import { normalizedKernelName } from '#model/normalized-kernel-name.ts'
import type { KernelName } from '#model/timeline.ts'

/** By the one classifier, so that a kernel has the same family in every source (trap E22). */
export function familyFields(kernel: KernelName, families: FamilyRules): Pick<KernelRow, 'family' | 'role' | 'ambiguousRules'> {
  const answer = classifyKernelName(kernel, families)
  if (answer.family !== undefined) return { family: answer.family, role: answer.role }
  return { family: 'unknown', ...(answer.ruleIds.length > 0 ? { ambiguousRules: [...answer.ruleIds] } : {}) }
}

/** What makes two names one row. */
export function groupKeyOf(name: string, by: KernelGrouping, families: FamilyRules): string {
  if (by === 'name') return name
  if (by === 'short-name') return shortKernelName(name)
  if (by === 'normalized-name') return normalizedKernelName(name)
  return classifyKernelName({ name, shortName: shortKernelName(name) }, families).family ?? 'unknown'
}

export function deviceNamesOf(capture: Capture): Pick<KernelSummary, 'deviceNames'> {
  const deviceNames = [...new Set(capture.devices.flatMap(({ name }) => name ?? []))].sort()
  return deviceNames.length === 0 ? {} : { deviceNames }
}
