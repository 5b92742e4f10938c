/** The correlation files of a campaign's cells. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CellCorrelation } from '#analysis/dcgm/summary-table.ts'
import { SextantError } from '#base/errors.ts'
import { dcgmCorrelationSchema } from '#formats/dcgm-correlation.ts'
import type { SourceReference } from '#formats/source.ts'
import { fileError } from '#platform/access.ts'
import { hashPath } from '#platform/hashing.ts'
import { cellIds } from '#store/cell-files.ts'

export interface CampaignCorrelations {
  readonly cells: readonly CellCorrelation[]
  readonly without: readonly string[]
  readonly sources: readonly SourceReference[]
}

/** Throws `corrupt_file` for a file that is no correlation of this program: a figure is not quoted from what is not understood. */
export async function campaignCorrelations(campaign: string): Promise<CampaignCorrelations> {
  const cells: CellCorrelation[] = []
  const without: string[] = []
  const sources: SourceReference[] = []
  for (const cell of cellIds(campaign)) {
    const relative = `cells/${cell}/dcgm_correlation.json`
    const path = join(campaign, relative)
    if (!existsSync(path)) {
      without.push(cell)
      continue
    }
    cells.push({ cell, path: relative, correlation: correlationAt(path, relative) })
    sources.push({ path: relative, sha256: await hashPath(path) })
  }
  return { cells, without, sources }
}

function correlationAt(path: string, name: string): CellCorrelation['correlation'] {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw fileError(path, error)
  }
  const parsed = dcgmCorrelationSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new SextantError(
    'corrupt_file',
    `${name} is no dcgm-correlation/1 (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`,
    'Write it again from the frozen file beside it: sextant dcgm correlate --frozen-yaml cells/…/dcgm-frozen.yaml with --campaign and --cell-id.',
  )
}
