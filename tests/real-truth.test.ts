/** The real commands on every real capture, against independent truth and the vendor's own tool, to the nanosecond. */
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { askInProcess } from './support/in-process.ts'
import { compareRealCapture, realCaptures } from './support/real-captures.ts'
import { sharedDataAbsent } from './support/shared-data.ts'

const paths = realCaptures()

describe.skipIf(paths.length === 0)(paths.length === 0 ? sharedDataAbsent : 'timeline and kernels say the truth', () => {
  test.each(paths.map((path) => [basename(path), path]))('%s', async (_, path) => {
    const { checked, mismatches, hasTruth } = await compareRealCapture(path, askInProcess)
    expect(mismatches).toEqual([])
    if (hasTruth) expect(checked).toBeGreaterThan(10)
  })
})

test.skipIf(paths.length === 0)('a truth that differs by one nanosecond is told', async () => {
  const [path = ''] = paths
  const lying = async (args: readonly string[]): Promise<unknown> => {
    const answer = JSON.parse(JSON.stringify(await askInProcess(args))) as {
      devices?: { busyNs: number }[]
      kernels?: { totalNs: number }[]
    }
    for (const device of answer.devices ?? []) device.busyNs += 1
    for (const kernel of answer.kernels ?? []) kernel.totalNs += 1
    return answer
  }
  const { mismatches } = await compareRealCapture(path, lying)
  expect(mismatches.join('\n')).toMatch(/timeline: device \d+ busyNs/)
  expect(mismatches.join('\n')).toMatch(/kernels: kernels totalNs/)
})
