/** Everything of a campaign's folder that the lake's tables are made of. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { tokensPerMinute } from '#analysis/campaign/tokens-per-minute.ts'
import { findHardware } from '#analysis/ceilings.ts'
import type { FileOf, LakeInput } from '#analysis/lake/lake-input.ts'
import { isSextantError, SextantError } from '#base/errors.ts'
import { championSelectSchema } from '#formats/champion.ts'
import { decodeBudgetSchema } from '#formats/decode-budget.ts'
import type { SourceReference } from '#formats/source.ts'
import { trialJudgementSchema } from '#formats/trial.ts'
import { ledgerFiles } from '#pipeline/campaign/ledger-files.ts'
import { loadCampaign } from '#pipeline/campaign/load-campaign.ts'
import { loadDeviceNames, loadShippedCeilings } from '#pipeline/ceilings.ts'
import { hashPath } from '#platform/hashing.ts'
import { readJsonFile, readTextFile } from '#store/campaign/cell-artifacts.ts'

/** Names alone as the field writes them, or with the reason beside as `report render` does: the lake's columns hold names. */
const pages = z.array(z.union([z.string(), z.looseObject({ page: z.string() }).transform(({ page }) => page)]))
const statusSchema = z.looseObject({
  omitted_pages: z.exactOptional(pages),
  partial_pages: z.exactOptional(pages),
  plot_ready_points: z.exactOptional(z.number()),
})
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A damaged file is refused: what is published cannot be taken back. */
function fileOf<T>(folder: string, path: string, schema: z.ZodType<T>): FileOf<T> | undefined {
  const read = readJsonFile(join(folder, path), path, schema)
  if (read.state === 'unreadable')
    throw new SextantError('corrupt_file', `${path} ${read.reason}`, 'Write it again, or take it out of the campaign.', { path })
  return read.state === 'read' ? { path, sha256: sha256(read.text), value: read.value } : undefined
}

/** Starts of runs; else the id, which begins with a time. */
function capturedAt(campaign: LakeInput['campaign'], given: string | undefined): string {
  const starts = campaign.cells
    .flatMap(({ rows }) => rows.flatMap(({ captured_at }) => captured_at ?? []))
    .filter((each) => !Number.isNaN(Date.parse(each)))
  const [first] = starts.map((each) => new Date(each).toISOString()).sort()
  const stamp = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z-/.exec(campaign.id)
  const ofId = stamp === null ? undefined : `${stamp[1]}-${stamp[2]}-${stamp[3]}T${stamp[4]}:${stamp[5]}:${stamp[6]}.000Z`
  const found = given ?? first ?? ofId
  if (found !== undefined) return new Date(found).toISOString()
  throw new SextantError(
    'missing_data',
    `no run of ${campaign.id} says when it was measured`,
    'Say it: --captured-at 2026-01-31T12:00:00Z.',
    {},
  )
}

/** By key or name, as the shipped ceilings know it. */
function knownHardware(configRoot: string): LakeInput['hardwareOf'] {
  const { ceilings } = loadShippedCeilings(configRoot)
  const names = loadDeviceNames(configRoot)
  return (given) => {
    try {
      return findHardware(ceilings, names, given).hardware
    } catch (error) {
      if (isSextantError(error)) return undefined
      throw error
    }
  }
}

export interface LakeFiles {
  readonly input: LakeInput
  readonly sources: readonly SourceReference[]
}

export async function lakeFiles(folder: string, configRoot: string, givenCapturedAt: string | undefined): Promise<LakeFiles> {
  const campaign = loadCampaign(folder)
  const trials = existsSync(join(folder, 'trials'))
    ? readdirSync(join(folder, 'trials'))
        .filter((name) => name.endsWith('.json'))
        .sort()
    : []
  const verdicts = trials.flatMap((name) => fileOf(folder, `trials/${name}`, trialJudgementSchema) ?? [])
  const budgets = campaign.cells.flatMap(({ id, arm }) => {
    const file = fileOf(folder, `cells/${id}/decode_budget.json`, decodeBudgetSchema)
    return file === undefined ? [] : [{ ...file, cell: arm }]
  })
  const champion = fileOf(folder, 'champion_select.json', championSelectSchema)
  const status = fileOf(folder, 'report_status.json', statusSchema)
  const { files: ledgers, outcomes, unreadable } = ledgerFiles(folder)
  const [broken] = unreadable
  if (broken !== undefined)
    throw new SextantError('corrupt_file', `${broken.path} ${broken.reason}`, 'Synthesize again, or take it out of findings/.', {})
  const source = readTextFile(join(folder, 'SOURCE.md'), 'SOURCE.md')
  const input: LakeInput = {
    campaign,
    tpm: tokensPerMinute(campaign, loadDeviceNames(configRoot)),
    ledgers: ledgers.map(({ path, sha256: hash, ...value }) => ({ path, sha256: hash, value })),
    verdicts,
    budgets,
    configSha256: campaign.sources.find(({ path }) => path === 'config.yaml')?.sha256 ?? '',
    hardwareOf: knownHardware(configRoot),
    ceilingsSha256: await hashPath(join(configRoot, 'sol-ceilings.yaml')),
    capturedAtUtc: capturedAt(campaign, givenCapturedAt),
    ...(champion === undefined ? {} : { champion: champion.value }),
    ...(status === undefined ? {} : { status: status.value }),
    ...(source.state === 'read' ? { sourceSha256: sha256(withoutMarks(source.text)) } : {}),
  }
  const more = [
    ...verdicts,
    ...budgets,
    ...ledgers,
    ...outcomes,
    ...(champion === undefined ? [] : [champion]),
    ...(status === undefined ? [] : [status]),
  ]
  const sources = [...campaign.sources, ...more.map(({ path, sha256: hash }) => ({ path, sha256: hash }))]
  return { input, sources: sources.sort((a, b) => (a.path < b.path ? -1 : 1)) }
}

/** Without the section that a publish itself writes: else publishing would change what was published. */
function withoutMarks(text: string): string {
  return text
    .replace(/<!-- sextant:lake begin[\s\S]*?<!-- sextant:lake end -->/g, '')
    .replace(/\n## Lake\s*$/, '')
    .trimEnd()
}
