/** Time shares of a step times ncu’s tensor pipe activity, against DCGM’s over the window. */
import type { Cited, FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import type { KernelRole } from '#formats/kernel-families.ts'
import type { Compare } from './comparison.ts'
import { edgeError, gpuSpread, mixedTimeShare } from './device-window.ts'

/** Roles whose kernels use the matrix units: uncounted ones could add anything up to their share. */
const matrixRoles: ReadonlySet<KernelRole> = new Set(['attention', 'gemm', 'moe', 'speculation'])

export const tensorActivity: Compare = ({ evidence, readings, book, tolerances }) => {
  const active = evidence.device?.tensorActiveRatio
  const { dcgm } = readings
  if (dcgm === undefined || active === undefined) return undefined
  const counted = evidence.families.flatMap((family) => {
    const pipe = family.counters?.tensorPipeRatio
    return pipe === undefined ? [] : [{ family, pipe }]
  })
  const uncounted = sumOf(
    evidence.families.filter(({ role, counters }) => matrixRoles.has(role) && counters?.tensorPipeRatio === undefined),
  )
  if (counted.length === 0 || uncounted > tolerances.mostUncounted.value) return undefined
  const parts = counted.map(({ family, pipe }): Cited | undefined => book.derive('product', [family.stepShare, pipe]))
  const expected = parts.length === 1 ? parts[0] : book.derive('sum', parts)
  if (expected === undefined) return undefined
  const error = tolerances.replay.value + edgeError(dcgm)
  return {
    id: 'tensor-activity',
    topic: ['tensor-activity', 'counters'],
    says: [
      {
        source: 'nsys and ncu',
        what: 'tensor pipe activity of the counted kernels by their share of a step',
        unit: 'ratio',
        figure: expected,
      },
      { source: 'dcgm', what: 'tensor pipe active over the window', unit: 'ratio', figure: active },
    ],
    difference: active.value - expected.value,
    tolerance:
      tolerances.pipeSampling.value + error * expected.value + uncounted + mixedTimeShare(evidence) + gpuSpread(dcgm, 'tensor-active'),
    toleranceFrom: 'replay (10 %), edges of the counter’s window, matrix kernels that were not counted, steps with prompts',
    likelyCauses: [
      'the counters are of other shapes than those that run: another batch or length',
      'the counter’s window holds prompts that the traced steps do not',
      'the counter’s window holds idle time or another load',
    ],
    settledBy: 'ncu of the hottest matrix kernel at the grid and block of the trace, and DCGM over the traced window',
  }
}

const sumOf = (families: readonly FamilyEvidence[]): number => families.reduce((sum, { stepShare }) => sum + stepShare.value, 0)
