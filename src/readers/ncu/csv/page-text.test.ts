/** A page of which only a beginning is decoded says what the whole of it says, wherever that beginning ends. */
import { expect, test } from 'vitest'
import { findHeader } from './header.ts'
import { PageText } from './page-text.ts'
import { CsvRecords } from './records.ts'

const row = '"0","1","k ""x"" (int, int)","1.5"'
const log = [
  '"ID","not a header"',
  '==PROF== Connected to process 1',
  '"ID","Process ID","Kernel Name","dram__bytes.sum"',
  '"","","","Mbyte"',
  row,
  'a line of the program',
  row,
  '"ID","Process ID","Kernel Name","dram__bytes.sum"',
  row,
  '"cut","row',
].join('\n')

function recordsOf(page: PageText): unknown {
  const header = findHeader(page)
  if (header === undefined) return undefined
  const records = new CsvRecords(page, header.start, header.delimiter, header.quoted)
  const all: unknown[] = []
  while (records.next()) all.push([records.start, records.at, records.foreignLines, ...records.cells])
  return { header, all, foreign: records.foreignLines, second: findHeader(page, header.start + 1) }
}

test('records, headers and foreign lines are the same wherever the decoded beginning ends', () => {
  const bytes = Buffer.from(log)
  const expected = recordsOf(new PageText(bytes, bytes.length))
  expect(expected).toMatchObject({ foreign: 1, second: { page: 'raw' } })
  for (let beginning = 0; beginning < bytes.length; beginning++) {
    const page = new PageText(bytes, beginning)
    expect(page.text).toHaveLength(beginning)
    expect(recordsOf(page), `beginning of ${beginning}`).toEqual(expected)
  }
})

test('what is behind the decoded beginning is decoded only when it is asked for', () => {
  const page = new PageText(Buffer.from(log), 10)
  expect([page.slice(2, 4), page.slice(8, 20), page.isWhole]).toEqual([log.slice(2, 4), log.slice(8, 20), false])
  page.decodeAll()
  expect([page.text, page.isWhole]).toEqual([log, true])
})

test('UTF-8 and UTF-16: positions are those of characters, a byte-order mark is none of them', () => {
  for (const bytes of [Buffer.from('\ufeffü𝕏"a"'), Buffer.from('\ufeffü𝕏"a"', 'utf16le')]) {
    const page = new PageText(bytes, 0)
    expect([page.text, page.length, page.isWhole, page.slice(3, 6)]).toEqual(['ü𝕏"a"', 6, true, '"a"'])
    expect([...page.codes]).toEqual([...Array(6).keys()].map((at) => 'ü𝕏"a"'.charCodeAt(at)))
  }
})
