/** What the commands of a campaign share. */
import * as z from 'zod'
import type { CommandContext } from '#commands/define-command.ts'
import { type CellTarget, targetOf } from '#pipeline/campaign/import-run.ts'
import { campaignFolder } from '#store/cell-files.ts'

export const campaignInput = z.string().describe('Campaign folder, or its name below campaigns/')

export const folderOf = (context: CommandContext, campaign: string): string => campaignFolder(campaign, (given) => context.path(given))

export const targetIn = (context: CommandContext, campaign: string, cell: string): CellTarget => targetOf(folderOf(context, campaign), cell)
