/** One line of the table: a question, both sides' figures, the ratio and whether it is good enough. */
import type { Measured } from './measure.ts'

export interface BenchLine {
  readonly id: string
  readonly what: string
  readonly ours: string
  /** Who was measured beside us and how it did; absent where the bar is absolute. */
  readonly opponent?: string
  /** Their time by ours. */
  readonly ratio?: number
  /** In words; absent for lines that only state a figure. */
  readonly bar?: string
  /** Absent where there is no bar, or where the run is void. */
  readonly met?: boolean
  readonly note?: string
  /** Whether the machine was busy with others meanwhile (machine-state.ts). */
  readonly machine?: string
  readonly isBusy?: boolean
  readonly figures: Readonly<Record<string, number>>
}

export interface BenchReport {
  readonly schema: 'bench/1'
  readonly machine: Readonly<Record<string, string | number>>
  readonly lines: readonly BenchLine[]
}

export const seconds = (value: number): string => `${value.toFixed(value < 1 ? 3 : 2)} s`
export const megabytes = (value: number): string => `${Math.round(value)} MB`
export const timeAndMemory = (run: Measured): string => `${seconds(run.seconds)}, ${megabytes(run.maxRssMb)}`

function verdict(line: BenchLine): string {
  if (line.bar === undefined) return 'stated'
  return line.met === undefined ? 'void' : line.met ? 'met' : '**missed**'
}

/** A Markdown table; notes follow as a list. */
export function tableText(report: BenchReport): string {
  const { machine, lines } = report
  const about = Object.entries(machine).map(([name, value]) => `${name} ${value}`)
  const cells = lines.map((line) => {
    const ratio = line.ratio === undefined ? '' : `${line.ratio.toFixed(1)}x`
    return `| ${[line.what, line.ours, line.opponent ?? '', ratio, line.bar ?? '', verdict(line), line.machine ?? ''].join(' | ')} |`
  })
  const notes = lines.flatMap((line) => (line.note === undefined ? [] : [`- ${line.what}: ${line.note}`]))
  const head = ['| what | sextant | opponent | ratio | bar | | machine |', '|---|---|---|---|---|---|---|']
  return [about.join(', '), '', ...head, ...cells, ...(notes.length === 0 ? [] : ['', ...notes])].join('\n')
}
