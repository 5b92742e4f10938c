/** The question behind `roofline`: how far kernels are from the ceilings of their device. */
import { buildRoofline } from '#analysis/roofline/roofline.ts'
import type { Roofline } from '#formats/roofline.ts'
import type { Question } from './ask.ts'
import { loadCeilings, loadDeviceNames, loadShippedCeilings } from './ceilings.ts'

export interface RooflineOptions {
  /** Key or name of the device; else what the captures name. */
  readonly hardware?: string
  /** Path of another table of ceilings. */
  readonly table?: string
}

export function rooflineQuestion(configRoot: string, { hardware, table }: RooflineOptions = {}): Question<Omit<Roofline, 'sources'>> {
  const names = loadDeviceNames(configRoot)
  const { ceilings, sha256 } = table === undefined ? loadShippedCeilings(configRoot) : loadCeilings(table)
  return {
    name: 'roofline',
    options: { hardware: hardware ?? null, ceilings: sha256 },
    needs: ['geometry'],
    compute: (studies, rules) => buildRoofline(studies, rules, ceilings, names, hardware),
  }
}
