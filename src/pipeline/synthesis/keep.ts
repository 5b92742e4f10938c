/** What a synthesis leaves in its bundle: the page, its JSON, the ledger with what became of older rows, the frontier; and trials to run. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { mergeRows } from '#analysis/ledger/merge.ts'
import { SextantError } from '#base/errors.ts'
import { jsonText } from '#base/json-text.ts'
import { type Ledger, type LedgerRow, settledStatuses } from '#formats/ledger.ts'
import type { Synthesis } from '#formats/synthesis.ts'
import { loadEngineKnobs } from '#pipeline/engine-knobs.ts'
import { updateFrontier } from '#store/bundle/frontier.ts'
import { changeLedger } from '#store/ledger/ledger-file.ts'
import { synthesisPage } from '#store/ledger/synthesis-page.ts'
import { trialFolder, writePlan } from '#store/trials/trial-folder.ts'
import { stageRow, trialIdOf } from './stage.ts'

export interface Keeping {
  /** Of the experiments. */
  readonly root: string
  readonly folder: string
  /** The bundle as the caller named it. */
  readonly shown: string
  readonly configRoot: string
  readonly synthesis: Synthesis
  /** Levers from the top to plan trials of. */
  readonly stage: number
  readonly atUtc: string
}

export async function keepSynthesis(keeping: Keeping): Promise<Synthesis> {
  const { folder, shown, atUtc, synthesis } = keeping
  if (synthesis.state === 'refused') return synthesis
  const staged = stageTop(keeping)
  const stamp = atUtc.replace(/[-:]/g, '').replace(/\.\d+/, '')
  let kept = synthesis
  const written = await changeLedger(folder, shown, atUtc, (before) => {
    const rows = mergeRows(before?.rows ?? [], synthesis.ledger).map((row) => (staged.levers.has(row.lever) ? stagedRow(row) : row))
    const proposed = new Set(synthesis.ledger.map(({ lever }) => lever))
    kept = { ...synthesis, ledger: rows.filter(({ lever }) => proposed.has(lever)) }
    const events = [...staged.levers].map(
      (lever) => ({ at_utc: atUtc, lever, from: 'DRAFT', to: 'staged', why: 'planned as a trial' }) as const,
    )
    const ledger: Ledger = {
      schema: 'ledger/1',
      sources: synthesis.sources,
      ...synthesis.bundle,
      rows,
      events: [...(before?.events ?? []), ...events],
    }
    const place = `findings/synthesis-${stamp}`
    return { ledger, files: { [`${place}.json`]: jsonText(kept), [`${place}.md`]: synthesisPage(kept, atUtc) } }
  })
  await updateFrontier(folder, frontierOf(kept.ledger), atUtc)
  return { ...kept, written: [...written, 'HANDOFF.md', ...staged.plans] }
}

const stagedRow = (row: LedgerRow): LedgerRow => (row.status === 'DRAFT' ? { ...row, status: 'staged' } : row)

export function frontierOf(rows: readonly LedgerRow[]) {
  const open = rows.filter(({ status }) => !settledStatuses.has(status))
  return {
    ranked: open.map(({ rank, lever, title, expected_effect, falsifier, status }) => ({
      rank,
      lever,
      title,
      expectedUnlock: expected_effect,
      gate: falsifier,
      status,
    })),
    closed: rows
      .filter(({ status }) => settledStatuses.has(status))
      .map(({ lever, title, status, outcome }) => ({ lever, title, status, why: outcome?.why ?? '' })),
  }
}

/** Plans of the first rows that can be planned; a plan that exists already is left as it is. */
function stageTop({ root, synthesis, stage, configRoot, atUtc }: Keeping): { levers: ReadonlySet<string>; plans: string[] } {
  const levers = new Set<string>()
  const plans: string[] = []
  if (stage === 0) return { levers, plans }
  const knobs = loadEngineKnobs(configRoot)
  for (const row of synthesis.ledger.slice(0, stage)) {
    const shown = trialFolder(trialIdOf(synthesis.bundle.run_id, row.lever))
    const staged = stageRow(synthesis, row, knobs, atUtc)
    if (staged.state === 'refused') {
      throw new SextantError(
        'missing_data',
        `${row.lever} cannot be staged: ${staged.why}`,
        'Give --engine-config with the launch command.',
      )
    }
    if (!existsSync(join(root, shown, 'plan.json'))) writePlan(join(root, shown), shown, staged.plan)
    levers.add(row.lever)
    plans.push(join(shown, 'plan.json'))
  }
  return { levers, plans }
}
