/** A new campaign: its configuration checked, its folder built beside and renamed, so that nobody sees half of it. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SextantError } from '#base/errors.ts'
import { jsonText } from '#base/json-text.ts'
import { campaignIdSchema } from '#formats/campaign.ts'
import { writeWhole } from '#platform/files.ts'
import { type BundleIdentity, sourceText } from '#store/bundle/texts.ts'
import { readTextFile } from '#store/campaign/cell-artifacts.ts'
import { parseCampaignConfig } from './config-file.ts'
import { provenanceOf } from './provenance-block.ts'

export interface NewCampaign {
  readonly id: string
  /** As opened. */
  readonly folder: string
  readonly configPath: string
  readonly configShown: string
  readonly about: Omit<BundleIdentity, 'runId'>
  readonly dryRun: boolean
}

export interface Begun {
  readonly cells: readonly string[]
  readonly files: readonly string[]
  readonly notes: readonly string[]
}

const summaryText = (title: string, hypothesis: string | undefined): string => `# ${title}

- Status: active
- Verdict: none (DRAFT)

## Results

Nothing measured yet: \`sextant campaign import\`, then \`sextant campaign aggregate\`.

## Workload-level SoL

Nothing measured yet: \`sextant dcgm summary\`.

## Findings

None yet.

## Open questions

- ${hypothesis ?? 'none yet'}
`

/** `20261101T093000Z-slug`: the order of names is the order of time. */
export function campaignId(slug: string, atUtc: string): string {
  const stamp = new Date(atUtc)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '')
  const id = `${stamp}-${slug}`
  if (campaignIdSchema.safeParse(id).success) return id
  throw new SextantError('usage', `“${slug}” cannot name a campaign`, 'Use letters, digits, “.”, “_” and “-”.', { slug })
}

export function beginCampaign({ id, folder, configPath, configShown, about, dryRun }: NewCampaign): Begun {
  const read = readTextFile(configPath, configShown)
  if (read.state !== 'read')
    throw new SextantError(
      read.state === 'absent' ? 'file_not_found' : 'corrupt_file',
      `${configShown}: no such configuration`,
      'Give a config.yaml: campaign, cells[].',
      {},
    )
  const { config, notes } = parseCampaignConfig(read.text, configShown)
  const source = sourceText({ ...about, runId: id })
  const provenance = provenanceOf(source)
  const texts: Record<string, string> = {
    'config.yaml': read.text,
    'SOURCE.md': source,
    'summary.md': summaryText(about.title ?? config.campaign.title ?? id, about.hypothesis ?? config.campaign.hypothesis),
    ...(provenance.state === 'read' ? { 'provenance.json': jsonText(provenance.provenance) } : {}),
  }
  const cells = config.cells.map((cell) => cell.id)
  if (existsSync(folder))
    throw new SextantError('usage', `campaigns/${id} exists: campaigns are begun once`, 'Choose another --name.', { campaign: id })
  if (!dryRun) build(folder, texts, cells)
  return { cells, files: Object.keys(texts).sort(), notes }
}

function build(folder: string, texts: Readonly<Record<string, string>>, cells: readonly string[]): void {
  const building = join(dirname(folder), `.${process.pid}.campaign.partial`)
  try {
    for (const each of ['commands', ...cells.map((cell) => `cells/${cell}`)]) mkdirSync(join(building, each), { recursive: true })
    for (const [name, text] of Object.entries(texts)) writeWhole(join(building, name), text)
    renameSync(building, folder)
  } catch (error) {
    rmSync(building, { recursive: true, force: true })
    if (error instanceof SextantError) throw error
    throw new SextantError('io_failed', 'cannot begin the campaign', 'Check the folder, its permissions and the free space.', {}, error)
  }
}
