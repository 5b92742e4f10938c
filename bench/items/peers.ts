/** Other people's tools on the same files, where SEXTANT_BENCH_PEERS names a Python environment that has them. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BenchLine, seconds, timeAndMemory } from '../bench-line.ts'
import { kernelFixture, traceFixture } from '../fixtures.ts'
import { hasModule, type Measured, measure } from '../measure.ts'
import { repeated } from '../side-by-side.ts'

const LIMIT_SECONDS = 600
const TRACE_MEGABYTES = 60

interface Peer {
  readonly id: string
  readonly what: string
  readonly name: string
  readonly module: string
  run(python: string, scratch: string): { readonly ours: readonly string[]; readonly theirs: readonly string[]; readonly note?: string }
}

/** What stands in the way of nsys-ai's own engine: it fetches a DuckDB extension when first used, else falls back to SQLite queries. */
function duckdbNote(python: string): string {
  const load = 'import duckdb; c = duckdb.connect(); c.execute("INSTALL sqlite_scanner"); c.execute("LOAD sqlite_scanner")'
  const isThere = spawnSync(python, ['-c', load], { stdio: 'ignore', timeout: 60_000 }).status === 0
  const engine = isThere
    ? 'with its DuckDB cache, built in this run'
    : 'in its SQLite fallback, because its DuckDB extension cannot be downloaded here (its own figures with the cache: 924 MB built in 8.4 s)'
  return `one skill (overlap_breakdown), ${engine}; it answers less than \`timeline\`, and writes indexes into the profile, so it got a copy`
}

function peers(binary: string): Peer[] {
  return [
    {
      id: 'peer-nsys-ai',
      what: 'overlap and idle of 5M kernels',
      name: 'nsys-ai',
      module: 'nsys_ai',
      run(python, scratch) {
        const source = kernelFixture(5_000_000)
        const copy = join(scratch, 'profile.sqlite')
        cpSync(source, copy)
        return {
          ours: [process.execPath, binary, 'timeline', source, '--json', '--no-cache'],
          theirs: [join(python, '../nsys-ai'), 'skill', 'run', 'overlap_breakdown', copy, '--format', 'json'],
          note: duckdbNote(python),
        }
      },
    },
    {
      id: 'peer-hta',
      what: `temporal and idle breakdown of a ${TRACE_MEGABYTES} MB kineto trace`,
      name: 'HTA',
      module: 'hta',
      run(python) {
        const { path } = traceFixture(TRACE_MEGABYTES)
        return {
          ours: [process.execPath, binary, 'timeline', path, '--json', '--no-cache'],
          theirs: [python, join(import.meta.dirname, '../opponents/hta_breakdown.py'), path],
        }
      },
    },
  ]
}

function version(python: string, module: string): string {
  const code = `import importlib.metadata as m; print(m.version(m.packages_distributions()['${module}'][0]))`
  return spawnSync(python, ['-c', code], { encoding: 'utf8' }).stdout.trim()
}

function peerLine(peer: Peer, python: string | undefined): BenchLine {
  const { id, what } = peer
  if (python === undefined || !hasModule(python, peer.module)) {
    return { id, what, ours: '', opponent: `${peer.name}: not installed`, figures: {} }
  }
  const name = `${peer.name} ${version(python, peer.module)}`
  const scratch = mkdtempSync(join(tmpdir(), 'sextant-peer-'))
  try {
    const { ours, theirs, note } = peer.run(python, scratch)
    const mine = repeated(3, ours)
    let other: Measured
    try {
      other = measure(['timeout', String(LIMIT_SECONDS), ...theirs], { env: { HOME: scratch } })
    } catch (error) {
      const why = String(error).split('\n').filter(Boolean).at(-1)?.slice(0, 200)
      return { id, what, ours: timeAndMemory(mine), opponent: `${name}: failed or over ${seconds(LIMIT_SECONDS)} (${why})`, figures: {} }
    }
    return {
      id,
      what,
      ours: timeAndMemory(mine),
      opponent: `${name} ${timeAndMemory(other)}`,
      ratio: other.seconds / mine.seconds,
      ...(note === undefined ? {} : { note }),
      figures: { seconds: mine.seconds, opponentSeconds: other.seconds, opponentMaxRssMb: other.maxRssMb },
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

export function peerLines(binary: string): BenchLine[] {
  const python = process.env['SEXTANT_BENCH_PEERS']
  return peers(binary).map((peer) => peerLine(peer, python))
}
