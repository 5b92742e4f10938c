/** The roofs of one device, from the table of ceilings, in the form that counted work is compared with. */
import { computeCeiling, type Hardware, memoryCeiling, type Ceiling as TableCeiling } from '#analysis/ceilings.ts'
import type { Ceiling, Ceilings } from '#analysis/kernel-counters/roof.ts'
import type { ElementType } from '#model/counter-role.ts'

export interface Roofs extends Ceilings {
  /** Every compute ceiling that was asked for and found: the roofs to draw. */
  readonly used: ReadonlyMap<string, UsedRoof>
}

export interface UsedRoof {
  readonly ceiling: Ceiling
  readonly dtype: string
}

/** Ceilings of a module that software sees as several devices are divided among them; none without hardware. */
export function roofsOf(hardware: Hardware | undefined): Roofs {
  const used = new Map<string, UsedRoof>()
  if (hardware === undefined) return { used, dramBytes: undefined, flops: () => undefined }
  const perDevice = (ceiling: TableCeiling | undefined): Ceiling | undefined =>
    ceiling?.baseValue === undefined ? undefined : { key: ceiling.path, perSecond: ceiling.baseValue / hardware.devicesPerEntry }
  const dram = perDevice(memoryCeiling(hardware))
  return {
    used,
    dramBytes: dram,
    flops(pipe, elements, isSparse) {
      const candidates = elements.flatMap((element) => {
        const ceiling = perDevice(ceilingOf(hardware, pipe, element, isSparse))
        return ceiling === undefined ? [] : [{ ceiling, dtype: element }]
      })
      // A counter that covers several types: the highest of their peaks, so that a kernel is never called nearer than it is.
      const best = candidates.toSorted((a, b) => b.ceiling.perSecond - a.ceiling.perSecond)[0]
      // One of the types without a peak could have the highest: then nothing is known.
      if (best === undefined || candidates.length < elements.length) return undefined
      used.set(best.ceiling.key, best)
      return best.ceiling
    },
  }
}

function ceilingOf(hardware: Hardware, pipe: 'scalar' | 'tensor', element: ElementType, isSparse: boolean): TableCeiling | undefined {
  if (pipe === 'scalar') {
    // The table has vector peaks of FP32 and FP64 only: FP16 of the scalar pipes must not be measured against the matrix units.
    return element === 'fp32' || element === 'fp64' ? computeCeiling(hardware, element) : undefined
  }
  const dtype = element === 'fp64' ? 'fp64_tc' : element
  return computeCeiling(hardware, dtype, isSparse ? 'sparse' : 'dense')
}
