/** Real captures: sane answers or honest unknowns. None of them is a long serving trace, so most are unknown. */
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { buildDecodeBudget } from '#analysis/decode-budget.ts'
import { decodeBudgetSchema } from '#formats/decode-budget.ts'
import { timelineNeeds } from '#model/timeline.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import { openCapture } from '#pipeline/open-capture.ts'
import { checkoutRoot } from '../../tests/support/checkout.ts'
import { listShared, sharedDataAbsent } from '../../tests/support/shared-data.ts'

const rules = loadFamilyRules(`${checkoutRoot}/configs`)
const files = [...listShared('kineto'), ...listShared('nsys-sqlite')]

async function budgetOf(path: string) {
  const { capture, losses } = await openCapture(path, { needs: timelineNeeds })
  return decodeBudgetSchema.parse({ ...buildDecodeBudget([{ capture, losses }], rules), sources: [] })
}

if (files.length === 0) test('decode budgets of real captures', ({ skip }) => skip(sharedDataAbsent))

for (const path of files) {
  test(`decode budget of ${basename(path)}: parts sum to the cadence, or the reason is named`, async () => {
    const budget = await budgetOf(path)
    for (const [index, device] of budget.devices.entries()) {
      if (device.state === 'unknown') {
        expect(budget.unknowns.some((unknown) => unknown.device === index)).toBe(true)
        continue
      }
      const sum = Object.values(device.parts ?? {}).reduce((total, { meanNs }) => total + meanNs, 0)
      expect(sum).toBeCloseTo(device.cadenceNs?.meanNs ?? Number.NaN, 1)
    }
    if (budget.devices.length === 0) expect(budget.unknowns.length).toBeGreaterThan(0)
  })
}

const named = (part: string): string | undefined => files.find((path) => basename(path).includes(part))

test('a training loop repeats, and is not called decode', async ({ skip }) => {
  if (named('linear_kineto') === undefined) skip(sharedDataAbsent)
  const { devices } = await budgetOf(named('linear_kineto') ?? '')
  expect(devices[0]?.steps).toMatchObject({ measuredPhase: 'unknown', count: 39 })
})

test('trap C17: one annotated step is one step, not the layers inside it', async ({ skip }) => {
  if (named('sglang_Qwen3-8B_decode') === undefined) skip(sharedDataAbsent)
  const { unknowns } = await budgetOf(named('sglang_Qwen3-8B_decode') ?? '')
  expect(unknowns[0]).toMatchObject({ code: 'too-few-steps', reason: expect.stringContaining('1 annotated steps') })
})
