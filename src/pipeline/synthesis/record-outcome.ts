/** A judged trial flows back into the ledger whose row it was planned for. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordOutcome } from '#analysis/ledger/merge.ts'
import type { Ledger } from '#formats/ledger.ts'
import type { TrialJudgement, TrialPlan, TrialRun } from '#formats/trial.ts'
import { updateFrontier } from '#store/bundle/frontier.ts'
import { bundleFolder } from '#store/bundle/paths.ts'
import { changeLedger } from '#store/ledger/ledger-file.ts'
import { frontierOf } from './keep.ts'

/**
 * @param place of the trial: its folder, and how it is named.
 * @returns why the row was not touched; undefined where it was, or where the trial was planned for no row.
 */
export async function flowBack(
  root: string,
  place: { readonly folder: string; readonly shown: string },
  plan: TrialPlan,
  runs: readonly TrialRun[],
  judgement: TrialJudgement,
  atUtc: string,
): Promise<string | undefined> {
  const { prediction } = plan
  if (prediction === undefined) return undefined
  const shown = bundleFolder(prediction.family, prediction.run_id)
  const folder = join(root, shown)
  if (!existsSync(join(folder, 'manifest.json'))) return `its bundle ${shown} is not below this root`
  const mismatch = deliveryMismatch(plan, runs)
  if (mismatch !== undefined) return mismatch
  const path = `${place.shown}/verdict.json`
  const sha256 = createHash('sha256')
    .update(readFileSync(join(place.folder, 'verdict.json')))
    .digest('hex')
  let refused: string | undefined
  let after: Ledger | undefined
  await changeLedger(folder, shown, atUtc, (ledger) => {
    const outcome = { trial: plan.trial, judgement, artifact: { path, sha256 } }
    after = ledger === undefined ? undefined : recordOutcome(ledger, prediction.lever, outcome, atUtc)
    if (after === undefined) refused = `the ledger of ${shown} has no row of ${prediction.lever}`
    return after === undefined ? undefined : { ledger: after }
  })
  if (after !== undefined) await updateFrontier(folder, frontierOf(after.rows), atUtc)
  return refused
}

/** A measured effect is evidence only for its own delivery and commit (facts/methodology.md, rule 49); absent is not a match. */
function deliveryMismatch({ prediction }: TrialPlan, runs: readonly TrialRun[]): string | undefined {
  if (prediction?.commit === undefined) return undefined
  const { commit, delivery } = prediction
  for (const { arm, facts } of runs) {
    if (arm !== 'B') continue
    const ran = facts['commit']
    if (ran === undefined || !(ran.startsWith(commit) || commit.startsWith(ran))) {
      return `arm B ran commit ${ran ?? 'not known'}, the row is of ${commit}: rejected`
    }
    if (delivery !== undefined && facts['delivery'] !== delivery) {
      return `arm B was delivered by ${facts['delivery'] ?? 'a way not known'}, the row is of ${delivery}: rejected`
    }
  }
  return undefined
}
