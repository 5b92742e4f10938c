/** The generator's cases, in memory: steps exact, parts within the larger of 2 % of the part and 0.2 % of the step, classes right. */
import { expect, test } from 'vitest'
import { buildDecodeBudget } from '#analysis/decode-budget.ts'
import { type BudgetDevice, decodeBudgetSchema } from '#formats/decode-budget.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import { type CaseName, caseNames, caseScenario, simCase } from '#sim/cases.ts'
import { recordScenario } from '#sim/record.ts'
import { stragglerTruth } from '#sim/straggler-truth.ts'
import { deviceTruth } from '#sim/truth.ts'
import type { DeviceTruth, Spread } from '#sim/truth-types.ts'
import { checkoutRoot } from '../../tests/support/checkout.ts'
import { planCaptures } from '../../tests/support/plan-capture.ts'

const rules = loadFamilyRules(`${checkoutRoot}/configs`)
const isSlow = process.env['SEXTANT_SLOW'] === '1'
// Slow runs draw seeds from the day, and every title prints its seed.
const first = isSlow ? Math.floor(Date.now() / 86_400_000) : 1
const seeds = Array.from({ length: isSlow ? 40 : 3 }, (_, index) => first + index * 7919)

const spreadKeys = [
  ['medianNs', 'median'],
  ['meanNs', 'mean'],
  ['p25Ns', 'p25'],
  ['p75Ns', 'p75'],
  ['p99Ns', 'p99'],
] as const

function compareDevice(found: BudgetDevice, truth: DeviceTruth): string[] {
  const wrong: string[] = []
  const { decode } = truth
  if (decode === undefined || found.parts === undefined) return [`state ${found.state}`]
  if (found.steps?.count !== truth.steps.length) wrong.push(`steps ${found.steps?.count}, true ${truth.steps.length}`)
  if (found.steps?.cadences !== decode.steps) wrong.push(`cadences ${found.steps?.cadences}, true ${decode.steps}`)
  if (found.verdict?.class !== decode.class) wrong.push(`class ${found.verdict?.class}, true ${decode.class}`)
  const { hostGapNs, busyNs, cadenceNs, communication } = found
  const measured = { ...found.parts, hostGapNs, busyNs, cadenceNs, communicationUnionNs: communication?.unionNs }
  for (const [name, spread] of Object.entries(measured)) {
    const expected: Spread = decode.parts[name as keyof typeof measured]
    for (const [ours, theirs] of spreadKeys) {
      const tolerance = Math.max(0.02 * expected[theirs], 0.002 * decode.parts.cadenceNs.median)
      const difference = Math.abs((spread?.[ours] ?? Number.NaN) - expected[theirs])
      if (!(difference <= tolerance)) wrong.push(`${name} ${ours} ${spread?.[ours]}, true ${expected[theirs]}`)
    }
  }
  return wrong
}

function judge(name: CaseName, seed: number): string[] {
  const scenario = caseScenario(name, seed, 'nsys')
  const plan = recordScenario(scenario, { resolutionNs: 1 })
  const budget = buildDecodeBudget(planCaptures(plan), rules)
  decodeBudgetSchema.parse({ ...budget, sources: [] })
  const { expectation } = simCase(name)
  if (expectation.kind === 'abstain') {
    if (budget.overall.class !== 'unknown') return [`claims ${budget.overall.class}`]
    return budget.unknowns.some(({ code }) => code === expectation.reason)
      ? []
      : budget.unknowns.map(({ code, reason }) => `${code}: ${reason}`)
  }
  const wrong = plan.ranks.flatMap((rank, index) => {
    const found = budget.devices[index]
    return found === undefined ? ['device missing'] : compareDevice(found, deviceTruth(rank, plan.steps, 0, false))
  })
  if (budget.overall.class !== expectation.class) wrong.push(`overall ${budget.overall.class}, true ${expectation.class}`)
  const straggler = stragglerTruth(plan)
  if (straggler !== undefined && straggler.lateShare > 0.7 && budget.ranks?.straggler?.rank !== straggler.rank) {
    wrong.push(`straggler ${budget.ranks?.straggler?.rank}, true ${straggler.rank}`)
  }
  return wrong
}

for (const name of caseNames) {
  test(`${name}: the generator's truth (seeds ${seeds.slice(0, 3).join(', ')}${isSlow ? '…' : ''})`, () => {
    const wrong = seeds.flatMap((seed) => judge(name, seed).map((what) => `seed ${seed}: ${what}`))
    expect(wrong).toEqual([])
  })
}
