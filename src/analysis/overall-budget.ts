/** One answer over all devices of a decode budget: class, reconciliation and what to look at next. */
import { classify } from '#analysis/step-class.ts'
import { mean } from '#base/statistics.ts'
import { formatDuration } from '#base/units.ts'
import type { BudgetDevice, BudgetUnknown, DecodeBudget, RankAccount, Shares } from '#formats/decode-budget.ts'
import type { NextLever } from '#formats/source.ts'

export function overallOf(devices: readonly BudgetDevice[]): DecodeBudget['overall'] {
  const measured = devices.filter((device) => device.state === 'measured')
  const counts = { measuredDevices: measured.length, unknownDevices: devices.length - measured.length }
  const shareList = measured.flatMap((device) => device.shares ?? [])
  if (shareList.length === 0) return { class: 'unknown', ...counts }
  const average = (cause: keyof Shares): number => mean(shareList.map((shares) => shares[cause]))
  const shares: Shares = {
    kernel: average('kernel'),
    host: average('host'),
    communication: average('communication'),
    copy: average('copy'),
  }
  const found = classify(shares)
  const medians = measured.flatMap((device) => device.cadenceNs?.medianNs ?? [])
  const reconciliations = measured.flatMap((device) => device.reconciliation ?? [])
  return {
    class: found.class,
    shares,
    marginRatio: found.marginRatio,
    ...counts,
    cadenceSpreadRatio: (Math.max(...medians) - Math.min(...medians)) / Math.min(...medians),
    ...(reconciliations.length === 0 ? {} : { reconciledDevices: reconciliations.filter(({ reconciled }) => reconciled).length }),
  }
}

export function overallNext(
  devices: readonly BudgetDevice[],
  unknowns: readonly BudgetUnknown[],
  account: RankAccount | undefined,
): NextLever {
  const measured = devices.filter((device) => device.state === 'measured')
  const suspect = measured.find((device) => device.verdict?.isSuspect === true)
  if (suspect !== undefined) return suspect.next
  if (account?.straggler !== undefined && account.skewNs > account.floorNs) {
    const who =
      account.straggler.rank === undefined
        ? `device ${devices[account.straggler.device]?.device ?? account.straggler.device}`
        : `rank ${account.straggler.rank}`
    return {
      lever: `rank imbalance (L36 to L38): ${who} arrives last at ${(account.straggler.lateRatio * 100).toFixed(0)} % of the collectives, ${(account.straggler.ofWaitRatio * 100).toFixed(0)} % of the waiting is for it`,
      expectedUnlock: `at most the skew: ${formatDuration(account.medianSkewNs)} per collective (median) against a floor of ${formatDuration(account.medianFloorNs)}`,
      gate: 'skew per collective down in a new capture of all ranks, and TPOT down',
    }
  }
  const [first] = measured
  if (first !== undefined) return first.next
  const [why] = unknowns
  return {
    lever: `a new capture: ${why?.settledBy ?? 'traffic during the window'}`,
    expectedUnlock: 'none claimed: the budget is unknown',
    gate: 'sextant gates passes on it',
  }
}
