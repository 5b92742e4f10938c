/** The decode budget of any number of captures: every device judged on its own, then over ranks. */
import {
  type BudgetCapture,
  type CaptureBudget,
  type DecodeBudgetOptions,
  type DeviceCase,
  measureCapture,
} from '#analysis/budget/capture-budget.ts'
import { unknownDevice } from '#analysis/budget-refusals.ts'
import { requirePresent } from '#analysis/budget-selection.ts'
import { type DeviceAnswer, judgeDevice } from '#analysis/device-budget.ts'
import type { FamilyRules } from '#analysis/families.ts'
import { overallNext, overallOf } from '#analysis/overall-budget.ts'
import { matchRanks } from '#analysis/rank-collectives.ts'
import type { BudgetDevice, BudgetUnknown, DecodeBudget, RankAccount } from '#formats/decode-budget.ts'

export type { BudgetCapture, DecodeBudgetOptions } from '#analysis/budget/capture-budget.ts'

/** Everything of `decode-budget/1` but its sources, which only the caller knows. Throws `missing_data` where the options select nothing. */
export function buildDecodeBudget(
  captures: readonly BudgetCapture[],
  families: FamilyRules,
  options: DecodeBudgetOptions = {},
): Omit<DecodeBudget, 'sources'> {
  return joinBudgets(
    captures.map((entry) => measureCapture(entry, families, options)),
    options,
  )
}

/** The same from what was kept of each capture, in their order. */
export function joinBudgets(captures: readonly CaptureBudget[], options: DecodeBudgetOptions): Omit<DecodeBudget, 'sources'> {
  requirePresent(
    captures.flatMap(({ present }) => present),
    options,
  )
  const cases = captures.flatMap((entry, index) => entry.devices.map((device) => ({ ...device, capture: index })))
  const unknowns: BudgetUnknown[] = captures.flatMap(({ silent }, index) =>
    silent === undefined ? [] : [{ ...silent, reason: silent.reason(index) }],
  )
  const match = matchRanks(
    cases.map(({ calls, identity: { rank } }, device) => ({ device, calls, ...(rank === undefined ? {} : { rank }) })),
  )
  const account = match?.state === 'matched' ? match.account : undefined
  if (match?.state === 'not-matched') {
    unknowns.push({
      code: 'ranks-not-matched',
      reason: match.reason,
      settledBy: 'captures of all ranks over the same window, with collective sequence numbers',
    })
  }
  const devices = cases.map((entry, index): BudgetDevice => {
    const answer = answerDevice(entry, account?.members.some(({ device }) => device === index) ? account : undefined)
    for (const unknown of answer.unknowns) unknowns.push({ ...unknown, device: index })
    return { capture: entry.capture, ...entry.identity, ...answer.budget }
  })
  const overall = overallOf(devices)
  return {
    schema: 'decode-budget/1',
    captures: captures.map(({ said }) => said),
    devices,
    overall,
    ...(account === undefined ? {} : { ranks: account }),
    unknowns,
    next: overallNext(devices, unknowns, account),
  }
}

function answerDevice({ measured, caveat }: DeviceCase, account: RankAccount | undefined): DeviceAnswer {
  if ('reason' in measured) return unknownDevice(measured)
  const waiting = account === undefined ? 0 : account.members.reduce((sum, member) => sum + member.waitedNs, 0) / account.members.length
  const communicationCap = account === undefined || account.floorNs === 0 ? 1 : account.floorNs / (account.floorNs + waiting)
  const answer = judgeDevice(measured, { ranksKnown: account !== undefined, communicationCap })
  return caveat === undefined ? answer : { ...answer, unknowns: [...answer.unknowns, caveat] }
}
