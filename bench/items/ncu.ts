/** `sextant ncu` on 20,000 launches of 200 metrics each: the report, and its raw page. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchLine, timeAndMemory } from '../bench-line.ts'
import { outFolder } from '../fixtures.ts'
import { writeRawPage, writeReport } from '../ncu-file.ts'
import { repeated } from '../side-by-side.ts'
import { cpuNote, least } from './sources.ts'

export const RESULTS = 20_000
const METRICS = 200
/** The project's bar for reading alone; start, derived quantities and answer are within it too. */
const BAR_SECONDS = 1

function line(binary: string, id: string, what: string, path: string): BenchLine {
  const run = repeated(3, [process.execPath, binary, 'ncu', path, '--json', '--no-cache', '--limit', '20'])
  const { count } = JSON.parse(run.stdout) as { count: number }
  if (count !== RESULTS) throw new Error(`${count} of ${RESULTS} results were read`)
  return {
    id,
    what: `\`ncu\` on 20,000 launches of 200 metrics, ${what}`,
    ours: timeAndMemory(run),
    bar: `below ${BAR_SECONDS} s`,
    met: least(run) < BAR_SECONDS,
    note: cpuNote(run),
    figures: { seconds: run.seconds, cpuSeconds: run.cpuSeconds, maxRssMb: run.maxRssMb },
  }
}

/** Written once; both hold the same kernels. */
export function counterFiles(): { readonly report: string; readonly page: string } {
  const report = join(outFolder, 'counters-20000.ncu-rep')
  const page = join(outFolder, 'counters-20000.csv')
  if (!existsSync(report)) writeReport(report, RESULTS, METRICS)
  if (!existsSync(page)) writeRawPage(page, RESULTS, METRICS)
  return { report, page }
}

export function ncuLines(binary: string): BenchLine[] {
  const { report, page } = counterFiles()
  return [line(binary, 'ncu-report', 'report', report), line(binary, 'ncu-page', 'raw page as CSV', page)]
}
