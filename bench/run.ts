/**
 * `npm run bench [-- --json] [--only ID,…]` and `npm run bench:large [-- --keep]`: one table, printed and kept in docs/performance.md (with
 * `--json`, as a proof asks, only printed).
 * Every ratio is taken within the run, both sides in turns on the same file.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildBinary } from '../scripts/build.ts'
import { type BenchLine, type BenchReport, tableText } from './bench-line.ts'
import { outFolder, root } from './fixtures.ts'
import { decodeBudgetLine } from './items/decode-budget.ts'
import { driverLines } from './items/driver.ts'
import { joinLines } from './items/joins.ts'
import { kinetoLines } from './items/kineto.ts'
import { largeLines } from './items/large.ts'
import { ncuLines } from './items/ncu.ts'
import { peerLines } from './items/peers.ts'
import { scanLine } from './items/scan.ts'
import { sourceLines } from './items/sources.ts'
import { startUpLine } from './items/start-up.ts'
import { hostTimelineLine, timelineLine } from './items/timeline.ts'
import { machine } from './machine.ts'
import { judgedOn, machineState, pythonRate } from './machine-state.ts'
import { takeWatchedRuns } from './measure.ts'

const { values } = parseArgs({
  options: {
    large: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})

type Item = readonly [id: string, run: (binary: string) => BenchLine[] | Promise<BenchLine[]>]

/** Rows a second that Python read in this run, once the first item has measured it. */
let opponentRowsPerS: number | undefined

const scanItem: Item = [
  'scan',
  () => {
    const scan = scanLine()
    opponentRowsPerS = scan.opponentRowsPerS
    return [scan.line]
  },
]

function usualItems(): Item[] {
  return [
    scanItem,
    ['timeline', (binary) => [timelineLine(binary)]],
    ['timeline-host', (binary) => [hostTimelineLine(binary)]],
    ['kineto', kinetoLines],
    ['help', (binary) => [startUpLine(binary)]],
    ['decode-budget', (binary) => [decodeBudgetLine(binary)]],
    ['ncu', ncuLines],
    ['sources', sourceLines],
    ['joins', joinLines],
    ['peers', peerLines],
    ['driver', driverLines],
  ]
}

/** Rewrites what stands between the markers of docs/performance.md. */
function keep(marker: string, text: string): void {
  const path = join(root, 'docs/performance.md')
  const [begin, end] = [`<!-- ${marker} begin -->`, `<!-- ${marker} end -->`]
  const page = readFileSync(path, 'utf8')
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/performance.md lacks the markers of ${marker}`)
  writeFileSync(path, `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`)
}

async function main(): Promise<void> {
  mkdirSync(outFolder, { recursive: true })
  const about = machine()
  const binary = await buildBinary(join(outFolder, 'dist'))
  const items: Item[] = values.large ? [scanItem, ['large', (built) => largeLines(built, values.keep)]] : usualItems()
  const only = values.only?.split(',')
  const lines: BenchLine[] = []
  for (const [id, run] of items) {
    if (only !== undefined && !only.includes(id)) continue
    process.stderr.write(`bench: ${id}\n`)
    takeWatchedRuns()
    const made = await run(binary)
    const state = machineState(takeWatchedRuns())
    lines.push(...made.map((line) => judgedOn(line, state, opponentRowsPerS)))
  }
  const rate = opponentRowsPerS === undefined ? {} : { 'Python reads': pythonRate(opponentRowsPerS) }
  const report: BenchReport = { schema: 'bench/1', machine: { ...about, ...rate }, lines }
  process.stdout.write(`${values.json ? JSON.stringify(report) : tableText(report)}\n`)
  // A part of the table, or one of a busy machine, is for looking, not for keeping.
  if (lines.some(({ isBusy }) => isBusy === true))
    process.stderr.write('bench: busy machine, docs/performance.md keeps the table that it has\n')
  else if (only === undefined && !values.json) keep(values.large ? 'bench:large' : 'bench', tableText(report))
  if (lines.some((line) => line.met === false)) process.exitCode = 1
}

await main()
