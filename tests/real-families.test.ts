/** Every kernel name of the real captures has one family or none: two rules never claim the same name. */
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { classifyKernelName } from '#analysis/families.ts'
import { sweepDevice } from '#analysis/sweep.ts'
import { prepareSweep } from '#analysis/sweep-input.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import { openCapture } from '#pipeline/open-capture.ts'
import { listShared, sharedDataAbsent } from './support/shared-data.ts'

const rules = loadFamilyRules('configs')
const paths = ['nsys-sqlite', 'nsys-parquetdir', 'kineto'].flatMap(listShared)

if (paths.length === 0) test.skip(`families of real kernels: ${sharedDataAbsent}`, () => {})

test.each(paths.map((path) => [basename(path), path]))('%s: no kernel name is ambiguous, and device time is conserved', async (_, path) => {
  const { capture } = await openCapture(path, { needs: [] })
  const { timeline } = capture
  if (timeline === undefined) throw new Error('no timeline')
  const ambiguous = timeline.kernelNames.flatMap((kernel) => {
    const answer = classifyKernelName(kernel, rules)
    return answer.family === undefined && answer.ruleIds.length > 0 ? [[kernel.name, ...answer.ruleIds]] : []
  })
  expect(ambiguous).toEqual([])
  const input = prepareSweep(timeline, new Uint8Array(timeline.kernelNames.length))
  for (const device of timeline.devices.keys()) {
    const sweep = sweepDevice(input, device)
    if (sweep !== undefined) expect(sweep.byMaskNs.reduce((sum, ns) => sum + ns, 0)).toBe(sweep.toNs - sweep.fromNs)
  }
})
