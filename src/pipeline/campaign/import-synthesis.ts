/**
 * The recommendations of an evidence bundle into its campaign: the newest `findings/synthesis-<time>.json`, and the ledger with what became
 * of its rows. From there the report and the lake take them.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { SextantError } from '#base/errors.ts'
import type { SynthesisImport } from '#formats/campaign-answers.ts'
import { ledgerSchema, settledStatuses } from '#formats/ledger.ts'
import { synthesisSchema } from '#formats/synthesis.ts'
import { writeWhole } from '#platform/files.ts'
import { readJsonFile } from '#store/campaign/cell-artifacts.ts'
import { inCampaign } from '#store/campaign/cell-writer.ts'
import { withOutcomes } from './ledger-files.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export interface SynthesisTarget {
  /** Folder of the campaign, as opened. */
  readonly campaign: string
  readonly campaignId: string
}

function newestName(folder: string, shown: string): string {
  const findings = join(folder, 'findings')
  const names = existsSync(findings) ? readdirSync(findings).filter((name) => /^synthesis-.*\.json$/.test(name)) : []
  // Names begin with a time: the last is the newest.
  const newest = names.sort().at(-1)
  if (newest !== undefined) return newest
  throw new SextantError('missing_data', `${shown} holds no synthesis`, `Make one first: sextant synthesize ${shown}.`, {})
}

const damaged = (path: string, reason: string): SextantError =>
  new SextantError('corrupt_file', `${path} ${reason}`, 'Synthesize again, or restore a version of it from versions/ in the bundle.', {
    path,
  })

/** What is there under the same name with other bytes is another bundle's, and stays. */
function requireSame(campaign: string, place: string, text: string): void {
  const there = readJsonFile(join(campaign, place), place, synthesisSchema)
  if (there.state === 'absent' || (there.state === 'read' && there.text === text)) return
  throw new SextantError(
    'usage',
    `the campaign holds ${place} with other content: a synthesis is never replaced`,
    'Synthesize the bundle again, which names its time, and import that.',
    { place },
  )
}

/** @param shown the bundle as the caller named it. Nothing is written unless every file of it can be read. */
export async function importSynthesis(
  { campaign, campaignId }: SynthesisTarget,
  folder: string,
  shown: string,
  dryRun: boolean,
): Promise<Omit<SynthesisImport, 'schema' | 'next'>> {
  const name = newestName(folder, shown)
  const place = `findings/${name}`
  const read = readJsonFile(join(folder, place), `${shown}/${place}`, synthesisSchema)
  if (read.state !== 'read') throw damaged(`${shown}/${place}`, read.state === 'absent' ? 'is gone' : read.reason)
  const synthesis = read.value
  const ledger = readJsonFile(join(folder, 'findings/ledger.json'), `${shown}/findings/ledger.json`, ledgerSchema)
  if (ledger.state === 'unreadable') throw damaged(`${shown}/findings/ledger.json`, ledger.reason)
  const { family, run_id: run } = synthesis.bundle
  const ledgerPlace = `findings/ledger-${run}.json`
  const files: [string, string][] = [
    ...(ledger.state === 'read' ? [[ledgerPlace, ledger.text] satisfies [string, string]] : []),
    [place, read.text],
  ]
  const written = dryRun
    ? []
    : await inCampaign(campaign, () => {
        requireSame(campaign, place, read.text)
        return files.flatMap(([path, text]) => (writeIfOther(campaign, path, text) ? [path] : []))
      })
  const rows = withOutcomes(synthesis.ledger, synthesis.bundle, ledger.state === 'read' ? [ledger.value] : [])
  return {
    sources: files.map(([path, text]) => ({ path: path === ledgerPlace ? 'findings/ledger.json' : path, sha256: sha256(text) })),
    campaign: campaignId,
    dryRun,
    synthesis: place,
    bundle: { family, run_id: run },
    focus: synthesis.focus,
    sol_rigor: synthesis.sol_rigor,
    rows: rows.map(({ rank, lever, title, status, expected_effect }) => ({ rank, lever, title, status, expected_effect })),
    settled: rows.filter(({ status }) => settledStatuses.has(status)).length,
    written,
  }
}

function writeIfOther(campaign: string, place: string, text: string): boolean {
  const path = join(campaign, place)
  const there = readJsonFile(path, place, ledgerSchema.or(synthesisSchema))
  if (there.state === 'read' && there.text === text) return false
  writeWhole(path, text)
  return true
}
