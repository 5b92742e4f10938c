/** Runs what a plan still wants: each run drives one arm and leaves its record, so that an interrupted trial goes on where it stopped. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { interruptedRuns, type PlannedRun, plannedRuns } from '#analysis/trial/open-runs.ts'
import { SextantError } from '#base/errors.ts'
import type { TrialPlan, TrialRun } from '#formats/trial.ts'
import type { DriveHost, DriveOptions } from '#pipeline/drive/drive-options.ts'
import { RESULT_FILE } from '#pipeline/drive/result-files.ts'
import { runDrive } from '#pipeline/drive/run-drive.ts'
import { whileServing } from '#sources/arm-process.ts'
import { readTrial, recordRun, runName, setAside } from '#store/trials/trial-folder.ts'
import { driveFigures } from './drive-figures.ts'

export interface TrialHost {
  readonly folder: string
  readonly shown: string
  readonly drive: Omit<DriveHost, 'out' | 'dataset'>
  readonly readyTimeoutMs: number
  /** How often a pair with a run that proves nothing is run again; what it left is kept, out of the count. */
  readonly retries: number
  /** Options of the driver, before those that the plan decides. */
  readonly base: DriveOptions
}

/** @returns names of the runs that were recorded. @param pairs in all: more than planned spends another look when judged. */
export async function runTrial(host: TrialHost, pairs: number): Promise<string[]> {
  const { plan, runs } = readTrial(host.folder, host.shown)
  for (const arm of ['A', 'B'] as const) {
    if (plan.arms[arm].url === undefined) {
      throw new SextantError(
        'usage',
        `arm ${arm} has no endpoint`,
        'Plan it with one (--a-url, --b-url), or record results: sextant trial record.',
        { arm },
      )
    }
  }
  for (const run of interruptedRuns(runs)) setAside(host.folder, run)
  const pairsOpen = openPairs(plannedRuns(plan, readTrial(host.folder, host.shown).runs, pairs))
  const recorded: string[] = []
  let tokensPerWord: number | undefined
  for (const [index, pair] of pairsOpen.entries()) {
    for (let attempt = 0; ; attempt += 1) {
      host.drive.progress?.({ done: 2 * index, total: 2 * pairsOpen.length, note: pair.map(runName).join(', ') })
      const ran: TrialRun[] = []
      for (const run of pair) {
        const kept = await oneRun(host, plan, run, tokensPerWord)
        tokensPerWord ??= kept.tokensPerWord
        ran.push(kept.run)
      }
      const isSpoilt = ran.some(({ invalid }) => invalid.length > 0)
      if (!isSpoilt || attempt >= host.retries) {
        recorded.push(...ran.map(runName))
        break
      }
      // Whether a run counts is judged by the client's own lateness and by failed requests, not by what it measured: no outcome is chosen.
      for (const run of ran) setAside(host.folder, run)
    }
  }
  return recorded
}

/** Pairs with both runs still to come, in order; a pair is run as a whole. */
function openPairs(runs: readonly PlannedRun[]): PlannedRun[][] {
  const pairs = new Map<string, PlannedRun[]>()
  for (const run of runs) {
    if (run.state !== 'open') continue
    const key = `${run.kind}${run.pair}`
    pairs.set(key, [...(pairs.get(key) ?? []), run])
  }
  return [...pairs.values()]
}

/** Fresh in every pair, so that no cache is warm. */
const saltOf = (plan: TrialPlan, { kind, pair }: PlannedRun): string => `${plan.trial}-${plan.seed}-${kind}${pair}`
const SEEDS_PER_TRIAL = 100_000

interface KeptRun {
  readonly run: TrialRun
  readonly tokensPerWord: number | undefined
}

async function oneRun(host: TrialHost, plan: TrialPlan, run: PlannedRun, tokensPerWord: number | undefined): Promise<KeptRun> {
  const { url = '', start, stop, facts } = plan.arms[run.arm]
  const out = join(host.folder, 'runs', `.${runName(run)}.${process.pid}.partial`)
  const options: DriveOptions = {
    ...host.base,
    url,
    concurrency: [plan.concurrency],
    rate: [],
    requests: plan.load.requests,
    ...(plan.load.inputTokens === undefined ? {} : { inputTokens: plan.load.inputTokens }),
    ...(plan.load.outputTokens === undefined ? {} : { outputTokens: plan.load.outputTokens }),
    ...(tokensPerWord === undefined ? {} : { tokensPerWord }),
    // The words of a pair are one draw; the salt before them keeps the second run from reading the first one’s cache.
    seed: plan.seed * SEEDS_PER_TRIAL + run.pair * 2 + (run.kind === 'aa' ? 1 : 0),
    salt: `${saltOf(plan, run)}-${run.position}`,
  }
  try {
    const drive = () => runDrive(options, { ...host.drive, out })
    const serve = { start: start ?? [], url, readyTimeoutMs: host.readyTimeoutMs, ...(stop === undefined ? {} : { stop }) }
    const { result } = start === undefined ? await drive() : await whileServing(serve, drive)
    const figures = result === undefined ? undefined : driveFigures(result)
    if (result === undefined || figures === undefined) throw new Error('the driver gave no result')
    const { startedAt, facts: said, invalid, ...measured } = figures
    const kept = await recordRun(
      host.folder,
      host.shown,
      {
        schema: 'trial-run/1',
        trial: plan.trial,
        kind: run.kind,
        pair: run.pair,
        arm: run.arm,
        position: run.position,
        started_at_utc: startedAt,
        salt: saltOf(plan, run),
        ...measured,
        facts: { ...said, ...facts },
        invalid: [...invalid],
      },
      { path: join(out, RESULT_FILE), shown: `runs/${runName(run)}/${RESULT_FILE}` },
    )
    return { run: kept, tokensPerWord: tokensPerWord ?? result.plan.prompts.tokensPerWord }
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}
