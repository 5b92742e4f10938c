/** The profiled round: a stream under way, the window opened and closed inside it, the engine's counters read on both sides. */
import type { WindowFacts } from '#analysis/live/judge-window.ts'
import { SextantError } from '#base/errors.ts'
import { type EngineCounters, readCounters } from '#sources/engine/engine-counters.ts'
import { type EngineKind, startProfile, stopProfile } from '#sources/engine/engine-profiler.ts'
import type { CleanDriver, DrivenRound } from './clean-driver.ts'
import type { LiveOptions } from './live-options.ts'

export interface CleanFigures {
  readonly tpotNs: number
  readonly ttftNs: number
}

export interface ProfiledRound {
  readonly round: DrivenRound
  readonly facts: WindowFacts
}

const pause = (ms: number): Promise<void> => new Promise((fulfil) => setTimeout(fulfil, ms))

/** The window opens when the prompt is done and decoding has its rhythm. */
const LEAD_STEPS = 20
/** Steps are faster or slower than the clean rounds said. */
const STREAM_FACTOR = 1.5
const POLL_MS = 50

export function profiledTokens(options: LiveOptions, clean: CleanFigures): number {
  return Math.ceil((STREAM_FACTOR * (options.startAllowanceNs + options.windowNs)) / clean.tpotNs) + LEAD_STEPS
}

function ownTokens(round: DrivenRound, fromNs: number, toNs: number, perChunk: number): number {
  return round.contentNs.filter((atNs) => atNs >= fromNs && atNs <= toNs).length * perChunk
}

interface Counted {
  readonly atNs: number
  readonly counters: EngineCounters | undefined
}

async function count(options: LiveOptions, driver: CleanDriver): Promise<Counted> {
  const counters = await readCounters(options.address)
  return { atNs: driver.nowNs(), counters }
}

/** The first token of a stream that an engine queues behind others may take so long; then the window opens all the same, and is refused. */
const DECODING_TIMEOUT_MS = 60_000

/** Until the engine has counted the stream's first steps; without counters, so long as these steps should take. */
async function waitForDecoding(options: LiveOptions, before: EngineCounters | undefined, clean: CleanFigures): Promise<void> {
  const leadMs = (2 * clean.ttftNs + LEAD_STEPS * clean.tpotNs) / 1e6
  await pause(leadMs)
  if (before === undefined) return
  for (let waitedMs = leadMs; waitedMs < DECODING_TIMEOUT_MS && options.signal?.aborted !== true; waitedMs += POLL_MS) {
    const now = await readCounters(options.address)
    if (now === undefined || now.generatedTokens >= before.generatedTokens + LEAD_STEPS) return
    await pause(POLL_MS)
  }
}

/** True where it was interrupted: by the caller, or by a signal that would leave the engine's profiler running. */
function windowOver(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((fulfil) => {
    const end = (interrupted: boolean): void => {
      clearTimeout(timer)
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, interrupt)
      signal?.removeEventListener('abort', interrupt)
      fulfil(interrupted)
    }
    const interrupt = (): void => end(true)
    const timer = setTimeout(() => end(false), ms)
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, interrupt)
    signal?.addEventListener('abort', interrupt, { once: true })
    if (signal?.aborted === true) end(true)
  })
}

/** The window is closed whatever happens after it was opened: a profiler left running slows the engine and fills its disk. */
async function openAndClose(
  options: LiveOptions,
  engine: EngineKind,
  driver: CleanDriver,
): Promise<{ fromNs: number; toNs: number; after: Counted }> {
  const { address, backEnd, traceDir, windowNs, traceTimeoutMs } = options
  await startProfile(address, engine, { backEnd, folder: traceDir }, traceTimeoutMs)
  const fromNs = driver.nowNs()
  const stopped = await windowOver(windowNs / 1e6, options.signal)
  options.progress?.('closing the window')
  const toNs = driver.nowNs()
  // Read before the engine is busy with writing its trace.
  const [after] = await Promise.all([count(options, driver), stopProfile(address, traceTimeoutMs)])
  if (stopped)
    throw new SextantError('tool_failed', 'interrupted: the profiler’s window was closed, nothing was concluded', 'Run it again.')
  return { fromNs, toNs, after }
}

export async function driveProfiled(
  options: LiveOptions,
  engine: EngineKind,
  driver: CleanDriver,
  clean: CleanFigures,
): Promise<ProfiledRound> {
  const tokens = profiledTokens(options, clean)
  await driver.prepare(tokens)
  const atRest = await readCounters(options.address)
  const running = driver.round(tokens)
  // Awaited below; where opening the window throws before that, the driver is closed under it.
  running.catch(() => undefined)
  await waitForDecoding(options, atRest, clean)
  const before = await count(options, driver)
  options.progress?.('the window is open')
  const opened = await openAndClose(options, engine, driver)
  const round = await running
  const { contentNs, outputTokens } = round
  const tokensPerChunk = outputTokens === undefined || contentNs.length === 0 ? 1 : outputTokens / contentNs.length
  const { after } = opened
  const counted =
    before.counters === undefined || after.counters === undefined
      ? undefined
      : {
          generated: after.counters.generatedTokens - before.counters.generatedTokens,
          prompt: after.counters.promptTokens - before.counters.promptTokens,
          own: ownTokens(round, before.atNs, after.atNs, tokensPerChunk),
        }
  const { fromNs, toNs } = opened
  const facts = { fromNs, toNs, contentNs, tokensPerChunk, roundEndNs: round.endNs, typicalTpotNs: clean.tpotNs }
  return { round, facts: { ...facts, ...(counted === undefined ? {} : { counted }) } }
}
