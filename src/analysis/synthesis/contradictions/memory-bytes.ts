/**
 * Bytes that ncu counted of the kernels of a step, against what DCGM saw one GPU move. What would fool it: kernels that were not counted
 * (below four fifths of the kernel time nothing is compared), steps with prompts in the window, a window with idle edges (its error is added).
 */
import type { Compare } from './comparison.ts'
import { edgeError } from './device-window.ts'

export const memoryBytes: Compare = ({ evidence, readings, rows, book, tolerances }) => {
  const { step, device, families } = evidence
  const moved = device?.dramBytesPerS
  const { dcgm } = readings
  if (dcgm === undefined || step === undefined || moved === undefined || moved.value <= 0) return undefined
  if ((step.mixedStepRatio?.value ?? 0) > 0) return undefined
  const counted = rows.filter(({ level, bytesPerStep }) => level === 'kernel' && bytesPerStep !== undefined)
  const time = counted.reduce((sum, { timeNsPerStep }) => sum + (timeNsPerStep?.value ?? 0), 0)
  const all = families.reduce((sum, { nsPerStep, role }) => sum + (role === 'communication' || role === 'copy' ? 0 : nsPerStep.value), 0)
  if (all === 0 || time / all < tolerances.mostlyCounted.value) return undefined
  const bytes = book.derive(
    'sum',
    counted.map(({ bytesPerStep }) => bytesPerStep),
  )
  const perSecond = book.derive('product', [book.derive('ratio', [bytes, step.cadenceNs]), 1e9])
  if (perSecond === undefined) return undefined
  return {
    id: 'memory-bytes',
    topic: ['memory-bytes'],
    says: [
      { source: 'nsys and ncu', what: 'bytes of the counted kernels of a step, per second', unit: 'bytes/s', figure: perSecond },
      { source: 'dcgm', what: 'DRAM traffic of one GPU over the window', unit: 'bytes/s', figure: moved },
    ],
    difference: perSecond.value / moved.value - 1,
    tolerance: tolerances.memoryBytes.value + edgeError(dcgm),
    toleranceFrom: 'cold caches under replay and the edges of the counter’s window (15 %), and its samples',
    likelyCauses:
      perSecond.value > moved.value
        ? [
            'ncu flushes caches between passes: what hits a cache in serving was counted as memory traffic',
            'the counter’s window holds idle time, or a lighter load than the trace',
            'the counters are of other shapes than those that run',
          ]
        : [
            'the counters are of other shapes than those that run: another batch or length',
            'something else on the GPU moves bytes: prompts, copies, another process',
            'the traced step is less loaded than the run',
          ],
    settledBy: 'ncu --cache-control none at the grid and block of the trace, and DCGM at 1 s over the traced window',
  }
}
