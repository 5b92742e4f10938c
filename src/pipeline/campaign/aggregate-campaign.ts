/** Rows of all cells to atlas.jsonl, tokens per minute, the table of summary.md; provenance.json from SOURCE.md. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { tokensPerMinute } from '#analysis/campaign/tokens-per-minute.ts'
import { jsonText } from '#base/json-text.ts'
import type { AtlasRow } from '#formats/campaign.ts'
import type { CampaignAggregate, TpmRow } from '#formats/campaign-answers.ts'
import type { Campaign, CampaignCell } from '#model/campaign.ts'
import { loadDeviceNames } from '#pipeline/ceilings.ts'
import { writeWhole } from '#platform/files.ts'
import { readTextFile } from '#store/campaign/cell-artifacts.ts'
import { inCampaign } from '#store/campaign/cell-writer.ts'
import { writeSection } from '#store/marked-section.ts'
import { loadCampaign } from './load-campaign.ts'
import { provenanceOf } from './provenance-block.ts'
import { resultsTable, tpmCsv, tpmMarkdown } from './summary-tables.ts'

type CellLine = CampaignAggregate['cells'][number]

function lineOf(cell: CampaignCell): CellLine {
  const trials = cell.points.flatMap(({ trials: count }) => count ?? [])
  return {
    cell: cell.id,
    kind: cell.kind,
    status: cell.status,
    runs: cell.rows.length,
    invalid: cell.rows.filter(({ invalid }) => (invalid?.length ?? 0) > 0).length,
    points: [...new Set(cell.points.map(({ concurrency }) => concurrency))],
    ...(trials.length === 0 ? {} : { leastTrials: Math.min(...trials) }),
    ...(cell.problem === undefined ? {} : { problem: `${cell.problem.stage}: ${cell.problem.reason}` }),
  }
}

/** Rows of the atlas: arms only, roofline shards are none of them (trap H8). */
export function atlasOf(campaign: Campaign): AtlasRow[] {
  return campaign.cells.flatMap((cell) =>
    cell.points.map((row) => ({ ...row, campaign_id: campaign.id, ...(cell.status === 'planned' ? {} : { status: cell.status }) })),
  )
}

function nextOf(cells: readonly CellLine[], points: readonly AtlasRow[]): CampaignAggregate['next'] {
  const open = cells.find(({ kind, status }) => kind === 'bench' && (status === 'planned' || status === 'partial'))
  if (open !== undefined)
    return {
      lever: `measure what ${open.cell} still lacks`,
      expectedUnlock: 'an arm that can be compared at every concurrency of the others',
      gate: `sextant campaign import --cell-id ${open.cell} makes its status full`,
    }
  const single = cells.find(({ leastTrials }) => leastTrials !== undefined && leastTrials < 3)
  if (single !== undefined)
    return {
      lever: `repeat the runs of ${single.cell}: it has ${single.leastTrials} at some point`,
      expectedUnlock: 'a verdict instead of a draft: its spread is not known from fewer than 3 trials',
      gate: 'at least 3 trials per point on one node',
    }
  return {
    lever: points.length === 0 ? 'import a result' : 'choose the champion',
    expectedUnlock: points.length === 0 ? 'a first point' : 'the arm to serve with, at its focus and within its SLO',
    gate: points.length === 0 ? 'sextant campaign import' : 'sextant champion-select',
  }
}

function writeAll(
  path: string,
  campaign: Campaign,
  atlas: readonly AtlasRow[],
  tpm: readonly TpmRow[],
  provenance: string | undefined,
): string[] {
  const texts: [string, string][] = [
    ['atlas.jsonl', atlas.map((row) => `${JSON.stringify(row)}\n`).join('')],
    ['tpm_summary.json', jsonText({ schema: 'tpm_summary_v1', campaign: campaign.id, rows: tpm })],
    ['tpm_summary.csv', tpmCsv(tpm)],
    ['tpm_summary.md', tpmMarkdown(tpm)],
    ...(provenance === undefined ? [] : [['provenance.json', provenance] satisfies [string, string]]),
  ]
  const written: string[] = []
  for (const [name, text] of texts) {
    const before = existsSync(join(path, name)) ? readTextFile(join(path, name), name) : undefined
    if (before?.state === 'read' && before.text === text) continue
    writeWhole(join(path, name), text)
    written.push(name)
  }
  return written
}

/** @param path folder of the campaign. Nothing is written in a rehearsal. */
export async function aggregateCampaign(path: string, configRoot: string, dryRun: boolean): Promise<Omit<CampaignAggregate, 'schema'>> {
  const campaign = loadCampaign(path)
  const atlas = atlasOf(campaign)
  const tpm = tokensPerMinute(campaign, loadDeviceNames(configRoot))
  const source = readTextFile(join(path, 'SOURCE.md'), 'SOURCE.md')
  const found = source.state === 'read' ? provenanceOf(source.text) : { state: 'absent' as const }
  const provenance = found.state === 'read' ? jsonText(found.provenance) : undefined
  const cells = campaign.cells.map(lineOf)
  const written = dryRun
    ? []
    : await inCampaign(path, async () => {
        const names = writeAll(path, campaign, atlas, tpm, provenance)
        await writeSection(join(path, 'summary.md'), { id: 'campaign-atlas', heading: 'Results', body: resultsTable(campaign, atlas) })
        return [...names, 'summary.md']
      })
  return {
    sources: [...campaign.sources],
    campaign: campaign.id,
    dryRun,
    cells,
    points: atlas,
    tpm,
    unreadable: campaign.cells.flatMap(({ unreadable }) => [...unreadable]),
    written,
    notes: [
      ...campaign.notes,
      ...(found.state === 'unreadable' ? [`SOURCE.md: ${found.reason}; provenance.json stays as it was`] : []),
      ...(found.state === 'absent' ? ['SOURCE.md has no provenance block: which source was under test is unknown'] : []),
    ],
    next: nextOf(cells, atlas),
  }
}
