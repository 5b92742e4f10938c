/** Load generators side by side on one engine: CPU per event, and how late their stamps are by the engine's truth. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BenchResultReport } from '../../src/formats/bench-result.ts'
import { words } from '../../src/sources/driver/prompts/words.ts'
import { firstUrl } from '../../tests/support/engine-process.ts'
import type { BenchLine } from '../bench-line.ts'
import { aiperfClient, type Client, guidellmClient, latenessMs, makeTokenizer, readTruth, sextantClient } from '../driver/clients.ts'
import { type Measured, measure } from '../measure.ts'

/** Tokens of every answer. */
const TOKENS = 64
interface Load {
  readonly streams: number
  readonly requests: number
  readonly tokens: number
  readonly timeScale: number
}
/**
 * Sixteen thousand events or more, so that a program's warming up weighs little, and several requests for each slot. One stream gives
 * them in a minute only from an engine of four times the speed: 400 tokens a second.
 */
const loads: readonly Load[] = [
  { streams: 1, requests: 256, tokens: TOKENS, timeScale: 0.25 },
  { streams: 64, requests: 512, tokens: TOKENS, timeScale: 1 },
  { streams: 256, requests: 1024, tokens: TOKENS, timeScale: 1 },
  { streams: 1024, requests: 2048, tokens: TOKENS, timeScale: 1 },
]

/**
 * The same client with hardly an event: start, imports, the report, and whatever processes and connections it opens for this many
 * streams. Its CPU is no cost of an event and is taken off.
 */
const emptyOf = ({ streams, timeScale }: Load): Load => ({ streams, requests: Math.max(2, streams), tokens: 2, timeScale })

interface Engine {
  readonly url: string
  stop(): Promise<void>
}

async function startEngine(binary: string, truth: string, timeScale: number): Promise<Engine> {
  const options = ['--max-num-seqs', '2048', '--time-scale', String(timeScale), '--truth', truth, '--duration-s', '900']
  const child = spawn(process.execPath, [binary, 'sim', 'engine', ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<void>((fulfil) => child.once('exit', () => fulfil()))
  const url = await firstUrl(child)
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

interface ClientRun {
  readonly measured: Measured
  readonly events: number
  readonly lateMs: readonly number[]
  /** The mean TTFT that our reader finds in the client's result is the one that the client states. */
  readonly agrees: boolean
}

/** Within a millionth: units are converted on the way. */
function agreement(client: Client, binary: string, folder: string): boolean {
  const run = spawnSync(process.execPath, [binary, 'bench-result', join(folder, client.result), '--json', '--no-cache'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const [cell] = (JSON.parse(run.stdout) as BenchResultReport).cells
  const read = cell?.latencies.filter(({ quantity, statistic }) => quantity === 'ttft' && statistic === 'mean') ?? []
  const stated = client.statedTtftMs(folder)
  return read.some(({ valueNs }) => Math.abs(valueNs / 1e6 / stated - 1) < 1e-6)
}

async function runClient(client: Client, binary: string, { streams, requests, tokens, timeScale }: Load): Promise<ClientRun> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-clients-'))
  const truthPath = join(folder, 'truth.jsonl')
  const engine = await startEngine(binary, truthPath, timeScale)
  try {
    const { command, env } = client.command(engine.url, streams, requests, tokens, folder)
    const measured = measure(['timeout', '300', ...command], { env, worksBeside: true })
    await engine.stop()
    const truth = readTruth(truthPath)
    const served = truth.requests.filter(({ isStream }) => isStream)
    return {
      measured,
      events: served.reduce((sum, { chunkNs }) => sum + chunkNs.length, 0),
      lateMs: latenessMs(truth, client.stamps(folder)),
      agrees: agreement(client, binary, folder),
    }
  } finally {
    await engine.stop().catch(() => undefined)
    rmSync(folder, { recursive: true, force: true })
  }
}

const at = (sorted: readonly number[], ratio: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(ratio * sorted.length))] ?? Number.NaN

interface Row {
  readonly microsecondsPerEvent: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly stamps: number
  readonly seconds: number
  readonly agrees: boolean
}

/** Fewer events than this weigh less than the difference between two starts of a Python program. */
const MIN_EVENTS = 10_000

function rowOf(run: ClientRun, empty: ClientRun): Row {
  const cpu = run.measured.cpuSeconds - empty.measured.cpuSeconds
  const events = run.events - empty.events
  return {
    microsecondsPerEvent: events < MIN_EVENTS ? Number.NaN : (cpu / events) * 1e6,
    p50Ms: at(run.lateMs, 0.5),
    p99Ms: at(run.lateMs, 0.99),
    stamps: run.lateMs.length,
    seconds: run.measured.seconds,
    agrees: run.agrees,
  }
}

const said = (row: Row | undefined): string =>
  row === undefined
    ? 'did not finish'
    : `${Number.isNaN(row.microsecondsPerEvent) ? 'too few events for CPU' : `${row.microsecondsPerEvent.toFixed(0)} us`}, ${row.p50Ms.toFixed(2)} / ${row.p99Ms.toFixed(1)} ms`

async function attempt(client: Client, binary: string, load: Load): Promise<Row | undefined> {
  try {
    const empty = await runClient(client, binary, emptyOf(load))
    return rowOf(await runClient(client, binary, load), empty)
  } catch (error) {
    process.stderr.write(
      `bench: ${client.name} at ${load.streams} streams: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}\n`,
    )
    return undefined
  }
}

function lineOf(streams: number, ours: Row | undefined, others: ReadonlyMap<string, Row | undefined>): BenchLine {
  const peers = [...others].map(([name, row]) => `${name} ${said(row)}`).join('; ')
  const costs = [...others.values()].flatMap((row) =>
    row === undefined || Number.isNaN(row.microsecondsPerEvent) ? [] : [row.microsecondsPerEvent],
  )
  const ratio = ours === undefined || costs.length === 0 ? undefined : Math.min(...costs) / ours.microsecondsPerEvent
  const aiperf = others.get('aiperf')
  const agreeing = [...others.values(), ours].every((row) => row === undefined || row.agrees)
  const lagHolds = streams !== 256 || (ours !== undefined && (ours.p99Ms <= 5 || (aiperf !== undefined && ours.p99Ms <= aiperf.p99Ms / 3)))
  return {
    id: `driver-${streams}`,
    what: `load generator at ${streams} streams: CPU per event, lateness of stamps p50 / p99`,
    ours: said(ours),
    ...(peers === '' ? {} : { opponent: peers }),
    ...(ratio === undefined ? {} : { ratio }),
    ...(ratio !== undefined
      ? { bar: streams === 256 ? '2x; p99 5 ms or a third of aiperf’s' : '2x', met: ratio >= 2 && lagHolds && agreeing }
      : {}),
    note: `result files ${agreeing ? 'read as their clients state them' : 'DISAGREE with what their clients state'}`,
    figures: {
      ...(ours === undefined || Number.isNaN(ours.microsecondsPerEvent)
        ? {}
        : { microsecondsPerEvent: ours.microsecondsPerEvent, p50Ms: ours.p50Ms, p99Ms: ours.p99Ms }),
      ...Object.fromEntries(
        [...others].flatMap(([name, row]) =>
          row === undefined
            ? []
            : [
                [`${name}MicrosecondsPerEvent`, row.microsecondsPerEvent],
                [`${name}P99Ms`, row.p99Ms],
              ],
        ),
      ),
    },
  }
}

/** In turns on a fresh engine each: a spell of load strikes all. */
export async function driverLines(binary: string): Promise<BenchLine[]> {
  const folder = process.env['SEXTANT_BENCH_CLIENTS'] ?? ''
  const hub = mkdtempSync(join(tmpdir(), 'sextant-tokenizer-'))
  try {
    const { home, path } = makeTokenizer(hub, words)
    const us = sextantClient(binary)
    const peers = [aiperfClient(folder, home), guidellmClient(folder, home, path)].filter((each) => each !== undefined)
    if (peers.length === 0)
      process.stderr.write('bench: no other load generator: SEXTANT_BENCH_CLIENTS names no folder with aiperf/ or guidellm/\n')
    const chosen = process.env['SEXTANT_BENCH_STREAMS']?.split(',').map(Number)
    const lines: BenchLine[] = []
    for (const load of loads) {
      const { streams } = load
      if (chosen !== undefined && !chosen.includes(streams)) continue
      const rows = new Map<string, Row | undefined>()
      for (const client of [us, ...peers]) rows.set(client.name, await attempt(client, binary, load))
      const ours = rows.get(us.name)
      rows.delete(us.name)
      lines.push(lineOf(streams, ours, rows))
      process.stderr.write(
        `bench: ${streams} streams: ${said(ours)}; ${[...rows].map(([name, row]) => `${name} ${said(row)}`).join('; ')}\n`,
      )
    }
    return lines
  } finally {
    rmSync(hub, { recursive: true, force: true })
  }
}
