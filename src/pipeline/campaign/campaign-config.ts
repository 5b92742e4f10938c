/** A campaign's configuration by its folder, and the arm that a cell belongs to. */
import { basename, join, resolve } from 'node:path'
import { SextantError } from '#base/errors.ts'
import type { CampaignCellConfig } from '#formats/campaign.ts'
import { provenanceSchema } from '#formats/provenance.ts'
import { readJsonFile, readTextFile } from '#store/campaign/cell-artifacts.ts'
import { parseCampaignConfig, type ReadConfig } from './config-file.ts'

/** The id that its provenance gives it; else its folder's name. A renamed folder is the same campaign. */
export function campaignIdOf(campaign: string): string {
  const read = readJsonFile(join(campaign, 'provenance.json'), 'provenance.json', provenanceSchema)
  return read.state === 'read' ? read.value.identity.run_id : basename(resolve(campaign))
}

export function readConfigOf(campaign: string): ReadConfig {
  const read = readTextFile(join(campaign, 'config.yaml'), 'config.yaml')
  if (read.state === 'read') return parseCampaignConfig(read.text, 'config.yaml')
  const id = basename(resolve(campaign))
  throw new SextantError('missing_data', `the campaign ${id} has no config.yaml`, 'Begin it with: sextant campaign init --config FILE.', {
    campaign: id,
  })
}

/** Throws `usage` for a cell that config.yaml does not name: a result in a cell that nobody asked for is a mistake. */
export function knownArms(campaign: string, cell: string): { readonly campaignId: string; readonly config?: CampaignCellConfig } {
  const { config } = readConfigOf(campaign)
  const arm =
    config.cells.find(({ id }) => id === cell) ?? config.cells.find(({ id }) => cell === `${id}-decode` || cell === `${id}-prefill`)
  if (arm === undefined)
    throw new SextantError(
      'usage',
      `config.yaml names no cell ${cell}`,
      `Add it to config.yaml, or choose one of: ${config.cells.map(({ id }) => id).join(', ')}.`,
      { cell },
    )
  return { campaignId: campaignIdOf(campaign), config: arm }
}
