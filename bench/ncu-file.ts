/** Big captures of hardware counters: a report of the shape that Nsight Compute writes, and its raw page. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { shortNameOf } from '../sim/kernel-names.ts'
import { pageHead, pageLine } from '../sim/ncu/write-ncu.ts'
import { double, message, metric, number, report, text } from '../tests/support/ncu-report-writer.ts'

/** Results that differ; they are written again and again, because a reader treats every one alike. */
const DISTINCT = 40

function metricNames(metrics: number): string[] {
  const known = ['gpu__time_duration.sum', 'dram__bytes.sum', 'smsp__sass_thread_inst_executed_op_ffma_pred_on.sum']
  const others = Array.from({ length: metrics - known.length }, (_, index) => `sm__counter_${index}.avg.pct_of_peak_sustained_elapsed`)
  return [...known, ...others]
}

function result(names: readonly string[], index: number, kernel: string | undefined): number[][] {
  const extent = (field: number, size: number): number[] => [...message(field, [number(1, size), number(2, 1), number(3, 1)])]
  return [
    ...(kernel === undefined ? [[...text(5, `_Z8kernel_${index}i`)]] : []),
    [...text(6, kernel === undefined ? `kernel_${index}` : shortNameOf(kernel))],
    [...text(7, kernel ?? `void kernel_${index}<(int)4>(const float *, int)`)],
    extent(10, 128),
    extent(11, 256),
    ...names.map((_, at) => [...metric(at, double(3, 1000 + index + at * 0.37))]),
    [...message(17, [text(1, 'SpeedOfLight'), text(2, 'GPU Speed Of Light Throughput')])],
    [...message(25, [number(1, 1), number(2, 1)])],
  ]
}

/** `results` must be a multiple of the distinct ones. @param kernels demangled names, taken in turn; else made-up ones. */
export function writeReport(path: string, results: number, metrics: number, kernels: readonly string[] = []): void {
  const names = metricNames(metrics)
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'w')
  writeSync(file, report([{ strings: names }]))
  const block = report(
    [{ results: Array.from({ length: DISTINCT }, (_, index) => result(names, index, kernels[index % kernels.length])) }],
    { magic: false },
  )
  for (let written = 0; written < results; written += DISTINCT) writeSync(file, block)
  closeSync(file)
}

export function writeRawPage(path: string, results: number, metrics: number): void {
  const names = metricNames(metrics)
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'w')
  writeSync(
    file,
    pageLine([...pageHead, ...names]) + pageLine([...pageHead.map(() => ''), 'us', 'Mbyte', 'inst', ...names.slice(3).map(() => '%')]),
  )
  for (let row = 0; row < results; row += 1) {
    const kernel = `void kernel_${row % DISTINCT}<4>(const float *, int)`
    const values = names.map((_, at) => (at === 1 ? `${(row % 900) + 1},100.5` : (10 + at * 0.37).toFixed(6)))
    writeSync(
      file,
      pageLine([String(row), '1', 'python3', '127.0.0.1', kernel, '1', '7', '(256, 1, 1)', '(128, 1, 1)', '0', '9.0', ...values]),
    )
  }
  closeSync(file)
}
