/** A run from options to result: plan, questions to the server, cells, files. */
import { basename } from 'node:path'
import { SextantError } from '#base/errors.ts'
import type { Drive, DriveCell, DriveResult } from '#formats/drive-result.ts'
import { hashFile } from '#platform/hashing.ts'
import { type Calibration, calibrate } from '#sources/driver/calibrate.ts'
import { tieClocks } from '#sources/driver/driver-clock.ts'
import { LoadDriver } from '#sources/driver/load-driver.ts'
import { askServer, type ServerFacts } from '#sources/driver/server-facts.ts'
import { contextOf, givenContext, serverContext } from './context-descriptor.ts'
import { definitionsOf } from './definitions.ts'
import type { DriveHost, DriveOptions } from './drive-options.ts'
import { type Asked, describePlan, type Prepared, prepare, promptPlan, requestPlan } from './make-plan.ts'
import { nextStep } from './next-step.ts'
import { ResultFiles } from './result-files.ts'
import { runCell } from './run-cell.ts'

/** The value of `--api-key-env`: never written anywhere. */
export function authorizationOf(options: Pick<DriveOptions, 'apiKeyEnv'>, host: DriveHost): string | undefined {
  if (options.apiKeyEnv === undefined) return undefined
  const key = host.env[options.apiKeyEnv]
  if (key === undefined || key === '') {
    throw new SextantError(
      'usage',
      `the environment has no ${options.apiKeyEnv}`,
      'Set it to the key of the server, or leave --api-key-env out.',
    )
  }
  return `Bearer ${key}`
}

export function modelOf(wanted: string | undefined, facts: ServerFacts): string {
  if (wanted !== undefined) return wanted
  const [first, second] = facts.models
  if (first === undefined) throw new SextantError('missing_data', 'the server does not say which model it serves', 'Name it: --model NAME')
  if (second !== undefined) {
    throw new SextantError('ambiguous', `the server serves ${facts.models.length} models`, `Name one: --model ${first.id}`, {
      models: facts.models.map(({ id }) => id),
    })
  }
  return first.id
}

async function datasetSource(host: DriveHost) {
  return host.dataset === undefined ? [] : [{ path: basename(host.dataset), sha256: await hashFile(host.dataset, host.signal) }]
}

/** What would be sent, without a word to the server. */
export async function rehearse(options: DriveOptions, host: DriveHost): Promise<Drive> {
  const prepared = await prepare(options, host.dataset)
  givenContext(options.context)
  const asked: Asked = { rehearsed: true, ...named(options.model, host) }
  return { schema: 'drive/1', sources: await datasetSource(host), dryRun: true, plan: describePlan(options, prepared, asked), written: [] }
}

function named(model: string | undefined, host: DriveHost): Pick<Asked, 'model' | 'datasetName'> {
  return { ...(model === undefined ? {} : { model }), ...(host.dataset === undefined ? {} : { datasetName: basename(host.dataset) }) }
}

interface Measured {
  readonly cells: readonly DriveCell[]
  readonly page?: string
  readonly wallStepNs: number
}

async function measure(
  driver: LoadDriver,
  options: DriveOptions,
  prepared: Prepared,
  host: DriveHost,
  files: ResultFiles | undefined,
): Promise<Measured> {
  const cells: DriveCell[] = []
  let firstIndex = 0
  let page: string | undefined
  for (const point of prepared.points) {
    if (host.signal?.aborted === true && cells.length > 0) break
    const run = await runCell({
      driver,
      options,
      prepared,
      host,
      point,
      firstIndex,
      keep: (batches, cell) => files?.requests(batches, cell, driver.originEpochNs),
    })
    cells.push(run.cell)
    firstIndex = run.nextIndex
    if (run.server !== undefined) {
      page ??= run.server.before
      files?.pages(point.id, run.server)
    }
  }
  const now = tieClocks()
  const wallStepNs = Number(now.epochNs - driver.tie.epochNs - (now.hrNs - driver.tie.hrNs))
  return { cells, wallStepNs, ...(page === undefined ? {} : { page }) }
}

function overall(cells: readonly DriveCell[]): DriveResult['validity'] {
  const states = cells.map(({ validity }) => validity.state)
  const state = states.includes('invalid') ? 'invalid' : states.includes('unknown') ? 'unknown' : 'valid'
  return {
    state,
    reasons: cells.flatMap(({ id, validity }) => validity.reasons.map((reason) => ({ ...reason, text: `${id}: ${reason.text}` }))),
  }
}

/** Only drawn words need it; who names it wants equal prompts in several runs, or no request beside the load. */
async function calibrationOf(
  { tokensPerWord }: DriveOptions,
  { conversations }: Prepared,
  ask: () => Promise<Calibration | undefined>,
): Promise<Calibration | undefined> {
  if (conversations !== undefined) return undefined
  return tokensPerWord === undefined ? ask() : { tokensPerWord, overheadTokens: 0 }
}

/** Sends the load. Throws where it cannot begin; what goes wrong later is counted in the result. */
export async function runDrive(options: DriveOptions, host: DriveHost): Promise<Drive> {
  const given = givenContext(options.context)
  const authorization = authorizationOf(options, host)
  const prepared = await prepare(options, host.dataset)
  const facts = await askServer(prepared.endpoint, authorization)
  const model = modelOf(options.model, facts)
  const draft = requestPlan(options, prepared, model, promptPlan(options, prepared, undefined))
  const calibration = await calibrationOf(options, prepared, () => calibrate(draft, authorization))
  const plan = requestPlan(options, prepared, model, promptPlan(options, prepared, calibration))
  const written = describePlan(options, prepared, {
    rehearsed: false,
    ...named(model, host),
    ...(calibration === undefined ? {} : { calibration }),
  })
  const sources = await datasetSource(host)
  const files = host.out === undefined ? undefined : new ResultFiles(host.out)
  const driver = await LoadDriver.open({
    plan,
    threads: prepared.threads,
    handicapMs: options.slowClientMs,
    ...(authorization === undefined ? {} : { authorization }),
    ...(host.signal === undefined ? {} : { signal: host.signal }),
  })
  try {
    const { cells, page, wallStepNs } = await measure(driver, options, prepared, host, files)
    const durations = cells.flatMap(({ duration_effective_s }) => duration_effective_s ?? [])
    const result: DriveResult = {
      schema: 'drive-result/1',
      tool: { name: 'sextant drive', version: host.version },
      sources,
      bench: {
        captured_at: cells[0]?.captured_at ?? '',
        ...(durations.length === 0 ? {} : { duration_effective_s: durations.reduce((sum, each) => sum + each, 0) }),
      },
      plan: written,
      ...contextOf(given, serverContext(facts, model, page), written, model),
      definitions: definitionsOf(cells),
      cells: [...cells],
      clock: { wallStepNs },
      validity: overall(cells),
      next: nextStep(cells, prepared.endpoint.origin),
    }
    return { schema: 'drive/1', sources, dryRun: false, plan: written, result, written: files?.finish(result) ?? [] }
  } finally {
    files?.discard()
    await driver.close()
  }
}
