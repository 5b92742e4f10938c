/**
 * Speed and memory of the kineto reader in a fresh process, plain and gzip, and the ratio to Python's json.load.
 * Usage: tsx bench/kineto.ts [MEGABYTES] (500 when not given; files are kept in bench/out).
 */
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { writeGzip, writeKinetoFile } from './kineto-file.ts'
import { measure } from './measure.ts'

interface Figures {
  seconds: number
  maxRssMb: number
  kernels: number
  kernelNs: number
}

/** json.load holds the whole tree: about eight times the file. */
const OPPONENT_MEGABYTES = 60

const root = join(import.meta.dirname, '..')
const out = join(import.meta.dirname, 'out')
const megabytes = Number(process.argv[2] ?? 500)
mkdirSync(out, { recursive: true })
const script = join(out, 'kineto-read.mjs')
await build({
  entryPoints: [join(import.meta.dirname, 'kineto-read.ts')],
  outfile: script,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  absWorkingDir: root,
  logLevel: 'error',
})

function report(label: string, plainBytes: number, figures: Figures): void {
  const rate = (plainBytes / 1e6 / figures.seconds).toFixed(0)
  process.stdout.write(
    `${label.padEnd(34)} ${rate.padStart(5)} MB/s  ${figures.seconds.toFixed(2)} s  ${figures.maxRssMb.toFixed(0)} MB RSS  ${figures.kernels} kernels\n`,
  )
}

const ours = (path: string, needs: readonly string[]): Figures =>
  JSON.parse(measure([process.execPath, script, path, ...needs]).stdout) as Figures

const path = join(out, `kineto-${megabytes}.json`)
writeKinetoFile(path, megabytes)
const { size } = statSync(path)
const packed = writeGzip(path)
const everything = ['correlation', 'host-calls', 'ranges', 'operators', 'geometry', 'syncs', 'collectives']
report(`sextant ${megabytes} MB .json`, size, ours(path, ['correlation', 'host-calls', 'ranges']))
report(`sextant ${megabytes} MB .json.gz`, size, ours(packed, ['correlation', 'host-calls', 'ranges']))
report(`sextant ${megabytes} MB .json, all needs`, size, ours(path, everything))

const small = join(out, `kineto-${OPPONENT_MEGABYTES}.json`)
writeKinetoFile(small, OPPONENT_MEGABYTES)
const smallSize = statSync(small).size
const mine = ours(small, ['correlation', 'host-calls', 'ranges'])
const theirs = JSON.parse(measure(['python3', join(import.meta.dirname, 'opponents', 'read_kineto.py'), small]).stdout) as Figures
report(`sextant ${OPPONENT_MEGABYTES} MB .json`, smallSize, mine)
report(`python json.load ${OPPONENT_MEGABYTES} MB .json`, smallSize, theirs)
if (mine.kernels !== theirs.kernels || mine.kernelNs !== theirs.kernelNs)
  throw new Error(`figures differ: ${JSON.stringify([mine, theirs])}`)
process.stdout.write(
  `ratio: ${(theirs.seconds / mine.seconds).toFixed(1)} times the speed, 1/${(theirs.maxRssMb / mine.maxRssMb).toFixed(1)} of the memory\n`,
)
