/** Rows of other bundles below the same root that ended REFUTED or NULL, with whether their deployment is this one. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sameContext } from '#analysis/ledger/prior-art.ts'
import { type DeploymentFile, deploymentSchema } from '#formats/deployment.ts'
import type { PriorArt, Synthesis } from '#formats/synthesis.ts'
import { type FoundLedger, LEDGER } from '#store/ledger/ledger-file.ts'

/** @param own is left out: its ledger keeps what became of its own rows. In order of place, then of rows. */
export function priorArtOf(found: readonly FoundLedger[], own: Synthesis['bundle'], deployment: DeploymentFile | undefined): PriorArt[] {
  if (deployment === undefined) return []
  return found.flatMap(({ shown, path, ledger }) => {
    const { family, run_id } = ledger
    if (family === own.family && run_id === own.run_id) return []
    const settled = ledger.rows.filter(({ status, outcome }) => (status === 'REFUTED' || status === 'NULL') && outcome !== undefined)
    const sameEngine = settled.filter(({ engine }) => engine === deployment.engine.name)
    if (sameEngine.length === 0) return []
    const theirs = deploymentOf(dirname(path))
    const isSame = theirs !== undefined && sameContext(theirs, deployment)
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
    return sameEngine.flatMap(({ lever, status, change, outcome }): PriorArt[] =>
      outcome === undefined || (status !== 'REFUTED' && status !== 'NULL')
        ? []
        : [
            {
              lever,
              settings: change.settings ?? [],
              status,
              family,
              run_id,
              trial: outcome.trial,
              why: outcome.why,
              ledger: { path: `${shown}/${LEDGER}`, sha256 },
              isSame,
            },
          ],
    )
  })
}

/** As the newest synthesis of the bundle says it; undefined where none does: then nothing is known to be the same. */
function deploymentOf(findings: string): DeploymentFile | undefined {
  const names = existsSync(findings) ? readdirSync(findings).filter((name) => /^synthesis-.*\.json$/.test(name)) : []
  const newest = names.sort().at(-1)
  if (newest === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(readFileSync(join(findings, newest), 'utf8'))
  } catch {
    // `verify` of that bundle says what is wrong with it.
    return undefined
  }
  const said = typeof value === 'object' && value !== null && 'deployment' in value ? value.deployment : undefined
  return deploymentSchema.safeParse(said).data
}
