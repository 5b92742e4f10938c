/** Rows read from their bytes give the launches and values that the general reader gives for the same page. */
import { expect, test } from 'vitest'
import { CounterColumns } from '#readers/ncu/counter-columns.ts'
import { LossList } from '#readers/ncu/losses.ts'
import { findHeader } from './header.ts'
import { LaunchCells } from './launch-cells.ts'
import { PageContext } from './page-context.ts'
import { PageText } from './page-text.ts'
import { readRawPage } from './raw-page.ts'
import { CsvRecords } from './records.ts'

const rows = [
  ['ID', 'Process ID', 'Process Name', 'Host Name', 'Kernel Name', 'Context', 'Stream', 'Block Size', 'Grid Size', 'Device', 'CC'],
  ['', '', '', '', '', '', '', '', '', '', ''],
  ['0', '7', '/bin/a', 'h', 'k<1>(int)', '1', '7', '(256, 1, 1)', '(9, 2, 1)', '0', '9.0'],
  ['1', '7', '/bin/a', 'h', 'k<1>(int)', '1', '7', '(256, 1, 1)', '(9, 2, 1)', '0', '9.0'],
  // One cell differs, then another, then all is as before.
  ['2', '7', '/bin/a', 'h', 'k<1>(int)', '1', '8', '(256, 1, 1)', '(9, 2, 1)', '0', '9.0'],
  ['3', '8', '/bin/a', 'h', 'k<1>(int)', '1', '7', '(256, 1, 1)', '(9, 2, 1)', '1', '10.0'],
  ['4', '7', '/bin/a', 'h', 'k<1>(int)', '1', '7', '(256, 1, 1)', '(9, 2, 1)', '0', '9.0'],
  ['5', '7', '/bin/a', 'h', 'range', '', '', '', '', '', ''],
]
const values = [
  ['gpu__time_duration.sum', 'launch__func_cache_config', 'sm__throughput.avg.pct_of_peak_sustained_elapsed'],
  ['us', '', '%'],
  ['9.41', 'CachePreferNone', '1,234.5'],
  ['9.41', '', '-0.25'],
  ['n/a', 'CachePreferNone', '12345678901234567890'],
  ['1.', '1', '1e3'],
  ['2', '', '3'],
  ['', '', ''],
]

/** @param end of each line: a text behind a closing quote is of no cell, and makes every row the general reader's. */
function read(end: string, beginning: number) {
  const lines = rows.map((row, index) => [...row, ...(values[index] ?? [])].map((cell) => `"${cell}"`).join(','))
  const text = new PageText(Buffer.from(`${lines.join(`${end}\n`)}${end}\n`), beginning)
  const header = findHeader(text)
  if (header === undefined) throw new Error('no header')
  const columns = new CounterColumns()
  const launches = new LaunchCells()
  const context = new PageContext(columns, launches, new LossList(), 'grouping', text)
  const records = new CsvRecords(text, 0, ',', true)
  records.next()
  expect(readRawPage(header, records, context)).toBe(false)
  const finished = columns.finish((id) => context.metric(id))
  return { finished, processes: launches.processes, devices: [...launches.devices], isWhole: text.isWhole }
}

test('launches and values of plain rows are those of the general reader', () => {
  const plain = read('', 400)
  const general = read(' ', 400)
  expect([plain.isWhole, general.isWhole]).toEqual([false, true])
  expect({ ...plain, isWhole: true }).toEqual(general)
  expect(plain.finished.results).toHaveLength(6)
  expect([...plain.finished.value].slice(0, 3)).toEqual([9410, Number.NaN, 1234.5])
  expect(plain.processes).toEqual([
    { pid: 7, name: 'a' },
    { pid: 8, name: 'a' },
  ])
})

test('rows with the same cells are results of their own: what is written into one is not in the other', () => {
  const { results } = read('', 4000).finished
  const [first, second] = results
  expect(first).toEqual(second)
  if (first !== undefined) first.durationNs = 5
  expect(second?.durationNs).toBeUndefined()
  expect(results.map(({ stream, device }) => [stream, device])).toEqual([
    [7, 0],
    [7, 0],
    [8, 0],
    [7, 1],
    [7, 0],
    [undefined, undefined],
  ])
})
