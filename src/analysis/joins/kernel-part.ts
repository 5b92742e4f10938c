/** What one source knows of one kernel: the unit that kernel joins work on. */
import type { KernelRole } from '#formats/kernel-families.ts'
import type { Geometry } from '#model/timeline.ts'

export interface KernelPart {
  /** The fullest readable name; '' where the source could not name it: then it matches nothing, not even itself. */
  readonly name: string
  /** Bare function name. */
  readonly shortName: string
  readonly mangledName?: string
  /** Launches of one shape are one part; absent = the source does not say, and the part is of all shapes. */
  readonly shape?: Geometry
  /** `unknown` where no rule of the one classifier claims it. */
  readonly family: string
  /** Of the family; absent where it is unknown. */
  readonly role?: KernelRole
  /** What the source counts: launches, profiled results, or samples. */
  readonly rows: number
  /** Summed time of the launches, in ns; absent where the source knows no time of a free run (samples, replayed launches). */
  readonly timeNs?: number
}

export interface KernelSide {
  readonly parts: readonly KernelPart[]
  readonly counts: 'launches' | 'results' | 'samples'
  /** Work that stands in no part, because its kernels are not named: rows of opaque graphs. */
  readonly hidden: { readonly rows: number; readonly timeNs: number }
}

export function shapeKey({ grid, block }: Geometry): string {
  return `${grid.join('x')} ${block.join('x')}`
}
