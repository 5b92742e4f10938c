/** Kineto traces: the reader alone in a fresh process, and `timeline` end to end, plain and packed, against json.load. */
import { join } from 'node:path'
import { build } from 'esbuild'
import { type BenchLine, megabytes, seconds, timeAndMemory } from '../bench-line.ts'
import { outFolder, root, type TraceFixture, traceFixture } from '../fixtures.ts'
import { measure } from '../measure.ts'
import { median, repeated } from '../side-by-side.ts'

const TRACE_MEGABYTES = 500
/** json.load holds the whole tree, about eight times the file: this is what fits everywhere. */
const OPPONENT_MEGABYTES = 60
const BAR_MEGABYTES_PER_SECOND = 250
const BAR_MEGABYTES = 300

interface Figures {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly maxRssMb: number
  readonly kernels: number
  readonly kernelNs: number
}

async function buildReader(): Promise<string> {
  const script = join(outFolder, 'kineto-read.mjs')
  await build({
    entryPoints: [join(import.meta.dirname, '../kineto-read.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    absWorkingDir: root,
    logLevel: 'error',
  })
  return script
}

function read(script: string, path: string): Figures {
  const runs = Array.from({ length: 3 }, () => {
    const run = measure([process.execPath, script, path, 'correlation', 'host-calls', 'ranges', 'os-calls'])
    return { ...(JSON.parse(run.stdout) as Figures), maxRssMb: run.maxRssMb }
  })
  const [first] = runs
  if (first === undefined) throw new Error('no runs')
  return {
    ...first,
    seconds: median(runs.map((run) => run.seconds)),
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    maxRssMb: Math.max(...runs.map((run) => run.maxRssMb)),
  }
}

function readerLine(script: string, trace: TraceFixture, isPacked: boolean): BenchLine {
  const figures = read(script, isPacked ? trace.packed : trace.path)
  const rate = trace.bytes / 1e6 / figures.seconds
  return {
    id: isPacked ? 'kineto-reader-gz' : 'kineto-reader',
    what: `read a 500 MB kineto trace, ${isPacked ? '.json.gz' : '.json'}`,
    ours: `${rate.toFixed(0)} MB/s, ${megabytes(figures.maxRssMb)}`,
    bar: `${BAR_MEGABYTES_PER_SECOND} MB/s, below ${BAR_MEGABYTES} MB`,
    met: rate >= BAR_MEGABYTES_PER_SECOND && figures.maxRssMb < BAR_MEGABYTES,
    note: `${(trace.bytes / 1e6 / figures.cpuSeconds).toFixed(0)} MB for each second of CPU (all threads)`,
    figures: { megabytesPerSecond: rate, maxRssMb: figures.maxRssMb },
  }
}

function endToEndLine(binary: string, trace: TraceFixture, isPacked: boolean): BenchLine {
  const run = repeated(3, [process.execPath, binary, 'timeline', isPacked ? trace.packed : trace.path, '--json', '--no-cache'])
  const rate = trace.bytes / 1e6 / run.seconds
  return {
    id: isPacked ? 'kineto-timeline-gz' : 'kineto-timeline',
    what: `\`timeline\` on the same ${isPacked ? '.json.gz' : '.json'}, end to end`,
    ours: `${rate.toFixed(0)} MB/s, ${timeAndMemory(run)}`,
    figures: { megabytesPerSecond: rate, seconds: run.seconds, maxRssMb: run.maxRssMb },
  }
}

function opponentLine(script: string): BenchLine {
  const small = traceFixture(OPPONENT_MEGABYTES)
  const opponent = join(import.meta.dirname, '../opponents/read_kineto.py')
  const mine = read(script, small.path)
  const theirs = JSON.parse(measure(['python3', opponent, small.path]).stdout) as Figures
  if (mine.kernels !== theirs.kernels || mine.kernelNs !== theirs.kernelNs)
    throw new Error(`figures differ: ${JSON.stringify([mine, theirs])}`)
  return {
    id: 'kineto-opponent',
    what: `read a ${OPPONENT_MEGABYTES} MB kineto trace`,
    ours: `${seconds(mine.seconds)}, ${megabytes(mine.maxRssMb)}`,
    opponent: `json.load ${seconds(theirs.seconds)}, ${megabytes(theirs.maxRssMb)}`,
    ratio: theirs.seconds / mine.seconds,
    figures: { seconds: mine.seconds, opponentSeconds: theirs.seconds },
  }
}

export async function kinetoLines(binary: string): Promise<BenchLine[]> {
  const script = await buildReader()
  const trace = traceFixture(TRACE_MEGABYTES)
  return [
    readerLine(script, trace, false),
    readerLine(script, trace, true),
    endToEndLine(binary, trace, false),
    endToEndLine(binary, trace, true),
    opponentLine(script),
  ]
}
