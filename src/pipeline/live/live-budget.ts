/**
 * The decode budget of an engine that serves: clean rounds without a profiler, one profiled round with a window inside, its whole trace, its
 * gates, and the budget reconciled with what the driver measured. What speaks against the window voids it: then there is no budget.
 */
import { basename } from 'node:path'
import { cadenceRefusal, judgeWindow, type Refusal, windowTpotNs } from '#analysis/live/judge-window.ts'
import { median } from '#base/statistics.ts'
import type { DecodeBudget } from '#formats/decode-budget.ts'
import type { LiveWindow } from '#formats/live-window.ts'
import { ask } from '#pipeline/ask.ts'
import { budgetQuestion } from '#pipeline/questions.ts'
import { checkProfiler, detectEngine, type EngineFound } from '#sources/engine/engine-profiler.ts'
import type { CleanDriver, DrivenRound } from './clean-driver.ts'
import { type Examined, examineAll, traceRefusals } from './examine-traces.ts'
import type { LiveOptions } from './live-options.ts'
import { type CleanFigures, driveProfiled, type ProfiledRound } from './profiled-round.ts'
import { lookAtFolder, waitForTraces } from './trace-folder.ts'

/** Never counts: connections, caches and graphs of the first stream. */
const WARM_UP_TOKENS = 32

function roundRefusals(round: DrivenRound, what: string): Refusal[] {
  const refusals: Refusal[] = []
  if (round.outcome !== 'completed' || round.tpotNs === undefined) {
    const how = round.outcome === 'completed' ? 'had fewer than two tokens' : `ended as ${round.outcome}`
    refusals.push({
      code: 'round-failed',
      reason: `${what} ${how}`,
      fix: 'Mend what fails first: `sextant drive clean URL` shows each round.',
    })
  }
  if (round.client.state === 'invalid') {
    const reason = round.client.reason ?? 'the client was late by too large a part of what it measured'
    refusals.push({
      code: 'client-distorted',
      reason: `${what}: ${reason}`,
      fix: 'Free a core for the client, or run it on another machine than the engine.',
    })
  }
  return refusals
}

interface Clean {
  readonly rounds: readonly DrivenRound[]
  readonly refusals: readonly Refusal[]
  readonly figures?: CleanFigures
}

async function driveClean(options: LiveOptions, driver: CleanDriver): Promise<Clean> {
  const warm = await driver.round(Math.min(WARM_UP_TOKENS, options.outputTokens))
  const failed = roundRefusals(warm, 'the round for warming up').filter(({ code }) => code === 'round-failed')
  if (failed.length > 0) return { rounds: [], refusals: failed }
  const rounds: DrivenRound[] = []
  for (let index = 1; index <= options.rounds; index++) {
    options.progress?.(`clean round ${index} of ${options.rounds}`)
    const round = await driver.round(options.outputTokens)
    rounds.push(round)
    const refusals = roundRefusals(round, `clean round ${index}`)
    if (refusals.length > 0) return { rounds, refusals }
  }
  const [tpots, ttfts] = [rounds.map(({ tpotNs }) => tpotNs ?? 0), rounds.map(({ ttftNs }) => ttftNs ?? 0)]
  return { rounds, refusals: [], figures: { tpotNs: median(tpots), ttftNs: median(ttfts) } }
}

interface Measured {
  readonly profiled: ProfiledRound
  readonly examined: readonly Examined[]
  readonly traces: readonly string[]
  readonly refusals: readonly Refusal[]
}

async function measure(options: LiveOptions, { engine }: EngineFound, driver: CleanDriver, clean: CleanFigures): Promise<Measured> {
  const before = lookAtFolder(options.traceDir)
  const profiled = await driveProfiled(options, engine, driver, clean)
  const driven = [...roundRefusals(profiled.round, 'the profiled round'), ...judgeWindow(profiled.facts)]
  options.progress?.('waiting for the trace')
  // Traces are large: what is asked of them to see whether they are whole is not asked again.
  let examined: Examined[] = []
  const waited = await waitForTraces(options.traceDir, before, {
    settleMs: options.settleMs,
    timeoutMs: options.traceTimeoutMs,
    isWhole: async (paths) => {
      examined = await examineAll(options.asking, paths)
      return examined.every(({ state }) => state !== 'incomplete')
    },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  if (examined.length !== waited.paths.length) examined = await examineAll(options.asking, waited.paths)
  const refusals = [...driven, ...traceRefusals(examined, waited.state, options.traceTimeoutMs / 1000)]
  return { profiled, examined, traces: waited.paths, refusals }
}

function windowOf(
  driver: CleanDriver,
  { facts }: ProfiledRound,
  clean: CleanFigures,
  cadencePerTokenNs: number | undefined,
): LiveWindow['window'] {
  const { fromNs, toNs, contentNs, tokensPerChunk, counted } = facts
  const tpotNs = windowTpotNs(facts)
  return {
    startEpochNs: String(driver.originEpochNs + BigInt(Math.round(fromNs))),
    durationNs: Math.round(toNs - fromNs),
    tokens: contentNs.filter((atNs) => atNs >= fromNs && atNs <= toNs).length * tokensPerChunk,
    ...(tpotNs === undefined ? {} : { tpotNs, slowdownRatio: tpotNs / clean.tpotNs }),
    tokensPerStep: tokensPerChunk,
    ...(tpotNs === undefined || cadencePerTokenNs === undefined ? {} : { agreementRatio: cadencePerTokenNs / tpotNs }),
    ...(counted === undefined ? {} : { foreignTokens: counted.generated - counted.own }),
  }
}

function refusedBudget(refusals: readonly Refusal[]): DecodeBudget {
  const [first] = refusals
  const unknowns = refusals.map(({ code, reason, fix }) => ({
    code: 'live-window-refused' as const,
    reason: `${code}: ${reason}`,
    settledBy: fix,
  }))
  const next = {
    lever: 'none: there is no budget to choose by',
    expectedUnlock: 'unknown: nothing was measured',
    gate: first?.fix ?? 'Measure again.',
  }
  const overall = { class: 'unknown' as const, measuredDevices: 0, unknownDevices: 0 }
  return { schema: 'decode-budget/1', sources: [], captures: [], devices: [], overall, unknowns, next }
}

/** Cadence over tokens per step, as the budget reconciled it: of the first device that could be. */
const cadencePerToken = ({ devices }: Pick<DecodeBudget, 'devices'>): number | undefined =>
  devices.find(({ reconciliation }) => reconciliation !== undefined)?.reconciliation?.cadencePerTokenNs

/** The trace's own word for it, where the engine has no counters: one stream alone decodes one sequence a step. */
function crowdedRefusal({ devices }: Pick<DecodeBudget, 'devices'>): Refusal | undefined {
  const sequences = Math.max(0, ...devices.map(({ steps }) => steps?.batch?.realMedian ?? 0))
  if (sequences <= 1) return undefined
  return {
    code: 'window-contaminated',
    reason: `the median step of the trace decodes ${sequences} sequences, and this client sent one`,
    fix: 'Take the engine out of traffic (a canary, or out of the service’s selector), and measure again.',
  }
}

async function budgetOf(options: LiveOptions, { examined, profiled }: Measured, clean: CleanFigures): Promise<DecodeBudget> {
  const paths = examined.flatMap((each) => (each.state === 'whole' && each.hasDevice ? [each.path] : []))
  // Tokens per step as the client saw them: with speculation the annotations count drafts too.
  const tokensPerStep = options.tokensPerStep ?? profiled.facts.tokensPerChunk
  const question = budgetQuestion({ driverTpotNs: clean.tpotNs, tokensPerStep })
  const { value, sources } = await ask({ ...options.asking, cache: false }, paths, question)
  return { ...value, sources }
}

/** Throws where the engine cannot be asked at all; what a window lacks is in the answer. */
export async function liveBudget(options: LiveOptions): Promise<DecodeBudget> {
  const found = options.engine === undefined ? await detectEngine(options.address) : { engine: options.engine }
  await checkProfiler(options.address, found.engine)
  lookAtFolder(options.traceDir)
  const driver = await options.openDriver()
  try {
    const clean = await driveClean(options, driver)
    const base = {
      engine: found.engine,
      ...(found.version === undefined ? {} : { engineVersion: found.version }),
      model: driver.model,
      backEnd: options.backEnd,
      clean: {
        rounds: clean.rounds.length,
        ...(clean.figures === undefined ? {} : { tpotNs: clean.figures.tpotNs }),
        outputTokens: options.outputTokens,
      },
    }
    if (clean.figures === undefined) {
      return { ...refusedBudget(clean.refusals), live: { ...base, state: 'refused', refusals: [...clean.refusals], traces: [] } }
    }
    const measured = await measure(options, found, driver, clean.figures)
    const traces = measured.traces.map((path) => basename(path))
    const budget = measured.refusals.length > 0 ? undefined : await budgetOf(options, measured, clean.figures)
    const cadence = budget === undefined ? undefined : cadencePerToken(budget)
    const window = windowOf(driver, measured.profiled, clean.figures, cadence)
    const disagreement = cadence === undefined || window?.tpotNs === undefined ? undefined : cadenceRefusal(cadence, window.tpotNs)
    const crowded = budget === undefined ? undefined : crowdedRefusal(budget)
    const refusals = [...measured.refusals, ...[disagreement, crowded].filter((each) => each !== undefined)]
    const live = { ...base, ...(window === undefined ? {} : { window }), traces, refusals }
    if (budget === undefined || refusals.length > 0) return { ...refusedBudget(refusals), live: { ...live, state: 'refused' } }
    return { ...budget, live: { ...live, state: 'measured' } }
  } finally {
    await driver.close()
  }
}
