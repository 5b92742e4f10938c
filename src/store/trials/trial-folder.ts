/**
 * A trial on disk: plan.json, runs/NN-….json with the results they come from, looks.json, verdict.json. Every file is written whole; a run
 * counts once its record is there, so an interrupted trial goes on where it stopped.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { jsonText } from '#base/json-text.ts'
import { segmentPattern } from '#formats/evidence-manifest.ts'
import { type TrialJudgement, type TrialPlan, type TrialRun, trialPlanSchema, trialRunSchema } from '#formats/trial.ts'
import { fileError } from '#platform/access.ts'
import { copyWhole } from '#platform/copy-whole.ts'
import { withLock, writeWhole } from '#platform/files.ts'

export function trialFolder(trial: string): string {
  if (!segmentPattern.test(trial)) {
    throw new SextantError(
      'usage',
      `“${trial}” cannot name a trial`,
      'Use letters, digits, “.”, “_” and “-”, beginning with a letter or digit.',
      { trial },
    )
  }
  return join('experiments', 'artifacts', 'trials', trial)
}

export interface TrialPlace {
  /** As opened, before the door's own resolving. */
  readonly path: string
  /** As outputs and messages name it. */
  readonly shown: string
}

/** A trial by its id below the root of the experiments, or by its folder. @param root relative to the working folder, or absolute. */
export function trialPlace(root: string, given: string): TrialPlace {
  if (/[\\/]/.test(given)) return { path: given, shown: given.replace(/[\\/]+$/, '') }
  const shown = trialFolder(given)
  return { path: root === '.' ? shown : join(root, shown), shown }
}

const looksSchema = z.strictObject({ schema: z.literal('trial-looks/1'), pairs: z.array(z.int().nonnegative()) })

export interface KeptTrial {
  readonly plan: TrialPlan
  /** Sorted by kind, pair and position. */
  readonly runs: readonly TrialRun[]
  readonly looks: readonly number[]
}

function parseFile<T>(path: string, shown: string, schema: z.ZodType<T>): T {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(shown, error)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new SextantError(
      'corrupt_file',
      `${shown} is not JSON`,
      'Restore it from a copy; a run can be recorded again.',
      { path: shown },
      error,
    )
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path: at, message }) => `${at.join('.') || 'file'}: ${message}`)
  throw new SextantError(
    'corrupt_file',
    `${shown} is damaged: ${problems.join('; ')}`,
    'Restore it from a copy; a run can be recorded again.',
    { problems },
  )
}

/** @param shown the folder as the caller named it. */
export function readPlan(path: string, shown: string): TrialPlan {
  return parseFile(path, shown, trialPlanSchema)
}

export function writePlan(folder: string, shown: string, plan: TrialPlan): void {
  if (existsSync(join(folder, 'plan.json'))) {
    throw new SextantError('usage', `${shown} exists: a plan is made before its runs, once`, 'Choose another id for the new trial.', {
      trial: plan.trial,
    })
  }
  writeWhole(join(folder, 'plan.json'), jsonText(plan))
}

export function readTrial(folder: string, shown: string): KeptTrial {
  const plan = readPlan(join(folder, 'plan.json'), `${shown}/plan.json`)
  const runsFolder = join(folder, 'runs')
  const names = existsSync(runsFolder) ? readdirSync(runsFolder).filter((name) => name.endsWith('.run.json')) : []
  const runs = names.sort().map((name) => parseFile(join(runsFolder, name), `${shown}/runs/${name}`, trialRunSchema))
  const looks = join(folder, 'looks.json')
  return { plan, runs: runs.sort(byOrder), looks: existsSync(looks) ? parseFile(looks, `${shown}/looks.json`, looksSchema).pairs : [] }
}

const byOrder = (a: TrialRun, b: TrialRun): number =>
  a.kind !== b.kind ? (a.kind === 'aa' ? -1 : 1) : a.pair - b.pair || (a.position === b.position ? 0 : a.position === 'first' ? -1 : 1)

export const runName = ({ kind, pair, arm, position }: Pick<TrialRun, 'kind' | 'pair' | 'arm' | 'position'>): string =>
  `${kind}-${String(pair).padStart(3, '0')}-${position === 'first' ? '1' : '2'}-${arm}`

/** The result first, the record last: what has no record does not count, and is replaced. */
export async function recordRun(
  folder: string,
  shown: string,
  run: Omit<TrialRun, 'artifact'>,
  result: { path: string; shown: string },
): Promise<TrialRun> {
  return await withLock(join(folder, 'runs'), () => {
    const name = runName(run)
    const record = join(folder, 'runs', `${name}.run.json`)
    if (existsSync(record)) {
      throw new SextantError(
        'usage',
        `${shown} holds run ${name}: a run is measured once`,
        'Plan more pairs to measure more; a run that proves nothing is excluded by name.',
        { run: name },
      )
    }
    const kept = `${name}.${basename(result.path)}`
    const { sha256 } = copyWhole(result.path, join(folder, 'runs', kept), result.shown)
    const whole: TrialRun = { ...run, artifact: { path: `runs/${kept}`, sha256 } }
    writeWhole(record, jsonText(whole))
    return whole
  })
}

/** Throws where a result is not what its record was made from: figures without their source are no evidence. */
export function requireArtifacts(folder: string, shown: string, runs: readonly TrialRun[]): void {
  for (const run of runs) {
    let bytes: Uint8Array
    try {
      bytes = readFileSync(join(folder, run.artifact.path))
    } catch (error) {
      throw fileError(`${shown}/${run.artifact.path}`, error)
    }
    if (createHash('sha256').update(bytes).digest('hex') === run.artifact.sha256) continue
    throw new SextantError(
      'corrupt_file',
      `${shown}/${run.artifact.path} is not what run ${runName(run)} was recorded from`,
      'Restore it from a copy: a run whose result changed proves nothing.',
      { run: runName(run) },
    )
  }
}

/** A run whose pair was interrupted stays on disk, out of the count; its place is free again. */
export function setAside(folder: string, run: TrialRun): void {
  const name = runName(run)
  const runsFolder = join(folder, 'runs')
  const before = readdirSync(runsFolder).filter((each) => each.startsWith(`${name}.set-aside-`) && each.endsWith('.json')).length
  renameSync(join(folder, run.artifact.path), join(runsFolder, `${name}.set-aside-${before + 1}.result`))
  renameSync(join(runsFolder, `${name}.run.json`), join(runsFolder, `${name}.set-aside-${before + 1}.json`))
}

/** The look is written before the verdict: a verdict that was seen has been paid for. */
export async function keepJudgement(folder: string, judgement: TrialJudgement, looks: readonly number[]): Promise<void> {
  await withLock(join(folder, 'runs'), () => {
    writeWhole(join(folder, 'looks.json'), jsonText({ schema: 'trial-looks/1', pairs: [...looks] }))
    writeWhole(join(folder, 'verdict.json'), jsonText(judgement))
  })
}
