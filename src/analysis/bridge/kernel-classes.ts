/** `kernel_class_gpu_pct` and `cpu_spinpoll_pct` from samples, or from the kernel time of a timeline. */
import type { FamilyRules } from '#analysis/families.ts'
import { summarizeKernels } from '#analysis/kernel-summary.ts'
import { samplesByKernelClass } from '#analysis/sample-classes.ts'
import { summarizeShares } from '#analysis/share-summary.ts'
import type { Capture, Loss } from '#model/capture.ts'

export interface KernelClasses {
  readonly classes: Readonly<Record<string, number>>
  readonly spinpollPct: number | null
  /** What the percents are of: two of these are different quantities. */
  readonly of: 'GPU samples' | 'kernel time'
}

const rounded = (classes: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(classes).map(([name, pct]) => [name, Number(pct.toPrecision(6))]))

/** Undefined where the capture knows no kernels. */
export function kernelClasses(capture: Capture, losses: readonly Loss[], rules: FamilyRules): KernelClasses | undefined {
  const { shares } = capture
  if (shares !== undefined) {
    const { kernelClassGpuPct, cpuSpinpollPct, unit } = summarizeShares(shares)
    return { classes: rounded(kernelClassGpuPct), spinpollPct: cpuSpinpollPct ?? null, of: unit === 'ns' ? 'kernel time' : 'GPU samples' }
  }
  const { capabilities } = capture
  const lacks = (what: 'kernels' | 'kernel-statistics') => (capabilities[what]?.state ?? 'absent') === 'absent'
  if (lacks('kernels') && lacks('kernel-statistics')) return undefined
  const rows = summarizeKernels(capture, losses, rules).kernels.map(({ name, totalNs = 0 }) => ({ name, samples: totalNs }))
  const total = rows.reduce((sum, { samples }) => sum + samples, 0)
  if (total === 0) return undefined
  const classes = Object.fromEntries([...samplesByKernelClass(rows)].map(([name, ns]) => [name, (100 * ns) / total]))
  return { classes: rounded(classes), spinpollPct: null, of: 'kernel time' }
}
