/** Requests of load generators and a metrics dump, each in a fresh process: `bench-result` and `metrics` end to end. */
import { join } from 'node:path'
import { type BenchLine, timeAndMemory } from '../bench-line.ts'
import { outFolder } from '../fixtures.ts'
import type { Measured } from '../measure.ts'
import { writeAiperfLines, writeExposition, writeLoadLines } from '../serving-files.ts'
import { repeated } from '../side-by-side.ts'

const LOAD_LINES = 1_000_000
const AIPERF_MEGABYTES = 400
const DUMP_MEGABYTES = 100
/** Bars of the project: 3 s for a million lines and for 100 MB of text, 200 MB/s for AIPerf's lines, memory that does not grow with the file. */
const BAR_SECONDS = 3
const BAR_RATE = 200
const BAR_MEGABYTES = 400

/** Wall time, or CPU seconds where the machine was busy with something else: what one core needs is no less than that. */
export const least = ({ seconds, cpuSeconds }: Measured): number => Math.min(seconds, cpuSeconds)

export function cpuNote({ cpuSeconds }: Measured): string {
  return `${cpuSeconds.toFixed(2)} s of CPU (all threads); judged by the smaller of wall time and CPU, because others share the machine`
}

function run(binary: string, command: string, path: string): Measured {
  return repeated(3, [process.execPath, binary, command, path, '--json', '--no-cache'])
}

interface Cells {
  readonly cells: readonly { readonly counts: readonly { readonly name: string; readonly count: number }[] }[]
}

/** Every request was read: a fast reader of half a file is none. */
function completed({ stdout }: Measured): number {
  const { cells } = JSON.parse(stdout) as Cells
  return cells[0]?.counts.find(({ name }) => name === 'completed')?.count ?? 0
}

function loadLine(binary: string): BenchLine {
  const path = join(outFolder, `load-${LOAD_LINES}.jsonl`)
  writeLoadLines(path, LOAD_LINES)
  const measured = run(binary, 'bench-result', path)
  if (completed(measured) !== LOAD_LINES) throw new Error(`${completed(measured)} of ${LOAD_LINES} requests were read`)
  return {
    id: 'drive-load',
    what: '`bench-result` on 1M `drive_load` lines',
    ours: timeAndMemory(measured),
    bar: `below ${BAR_SECONDS} s and ${BAR_MEGABYTES} MB`,
    met: least(measured) < BAR_SECONDS && measured.maxRssMb < BAR_MEGABYTES,
    note: cpuNote(measured),
    figures: { seconds: measured.seconds, cpuSeconds: measured.cpuSeconds, maxRssMb: measured.maxRssMb },
  }
}

function aiperfLine(binary: string): BenchLine {
  const path = join(outFolder, `aiperf-${AIPERF_MEGABYTES}.jsonl`)
  const bytes = writeAiperfLines(path, AIPERF_MEGABYTES)
  const measured = run(binary, 'bench-result', path)
  if (completed(measured) === 0) throw new Error('no request was read')
  const rate = bytes / 1e6 / least(measured)
  return {
    id: 'aiperf-lines',
    what: `\`bench-result\` on ${AIPERF_MEGABYTES} MB of AIPerf's requests (JSON lines)`,
    ours: `${rate.toFixed(0)} MB/s, ${timeAndMemory(measured)}`,
    bar: `${BAR_RATE} MB/s, below ${BAR_MEGABYTES} MB`,
    met: rate >= BAR_RATE && measured.maxRssMb < BAR_MEGABYTES,
    note: cpuNote(measured),
    figures: { megabytesPerSecond: rate, seconds: measured.seconds, cpuSeconds: measured.cpuSeconds, maxRssMb: measured.maxRssMb },
  }
}

function dumpLine(binary: string): BenchLine {
  const path = join(outFolder, `dump-${DUMP_MEGABYTES}.prom`)
  writeExposition(path, DUMP_MEGABYTES)
  const measured = run(binary, 'metrics', path)
  return {
    id: 'exposition',
    what: `\`metrics\` on a dump of ${DUMP_MEGABYTES} MB`,
    ours: timeAndMemory(measured),
    bar: `below ${BAR_SECONDS} s`,
    met: least(measured) < BAR_SECONDS,
    note: cpuNote(measured),
    figures: { seconds: measured.seconds, cpuSeconds: measured.cpuSeconds, maxRssMb: measured.maxRssMb },
  }
}

export function sourceLines(binary: string): BenchLine[] {
  return [loadLine(binary), aiperfLine(binary), dumpLine(binary)]
}
