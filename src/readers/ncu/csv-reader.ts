/**
 * Pages of Nsight Compute as CSV: `ncu --csv --page raw` and `--page details`, in the layouts of 2019 to 2026, alone or in a log.
 * https://docs.nvidia.com/nsight-compute/NsightComputeCli/index.html#command-line-options-console-output
 *
 * Not supported: the source and session pages, `--print-summary`; values per instruction. A report says more than any page of it.
 */
import { SextantError } from '#base/errors.ts'
import type { Detection, Probe, Reader, ReadOptions, ReadResult, Source } from '#model/reader.ts'
import type { Device } from '#model/timeline.ts'
import { readWhole } from '#platform/whole-file.ts'
import { attributesOf, buildCapture, deviceFrom } from './capture.ts'
import { CounterColumns, type FinishedColumns } from './counter-columns.ts'
import { type CommaMeaning, commaMeaning } from './csv/cell-number.ts'
import { readDetailsPage } from './csv/details-page.ts'
import { findHeader, type Header } from './csv/header.ts'
import { LaunchCells } from './csv/launch-cells.ts'
import { PageContext } from './csv/page-context.ts'
import { PageText } from './csv/page-text.ts'
import { readRawPage } from './csv/raw-page.ts'
import { CsvRecords } from './csv/records.ts'
import { LossList } from './losses.ts'

/** A string of V8 holds half a gigabyte; a page of 20 000 launches with 200 metrics has 60 MB. */
const MOST_BYTES = 500 * 1024 * 1024

export const ncuCsvReader: Reader = {
  kind: 'ncu-csv',
  title: 'Nsight Compute page as CSV (ncu --csv --page raw or details)',
  spec: 'https://docs.nvidia.com/nsight-compute/NsightComputeCli/index.html#command-line-options-console-output',
  version: 1,
  detect,
  read,
}

function textOf(bytes: Uint8Array): string {
  return new PageText(bytes, bytes.length).text
}

/** Rows of a page whose header is further down than detection looks: the program printed much before it. */
function endsInRows(probe: Probe): boolean {
  return /^==PROF==/m.test(textOf(probe.text)) && /^"\d+","\d+","[^"]*","[^"]*","/m.test(textOf(probe.tail))
}

function detect(probe: Probe): Detection | undefined {
  if (probe.isDirectory || probe.text.length === 0) return undefined
  const header = findHeader(new PageText(probe.text))
  if (header !== undefined) return { title: `Nsight Compute ${header.page} page as CSV` }
  return !probe.isGzip && endsInRows(probe) ? { title: 'Nsight Compute log with a page as CSV' } : undefined
}

function bytesOf(source: Source, options: ReadOptions): Uint8Array {
  const limit = Math.min(MOST_BYTES, options.limits.maxDecompressedBytes)
  const tooLarge = (cause?: unknown): SextantError =>
    new SextantError(
      'limit_exceeded',
      `${source.name} is larger than ${limit} bytes.`,
      'Read the report itself (.ncu-rep) instead of a page of it.',
      { limit },
      cause,
    )
  return readWhole(source, limit, tooLarge)
}

/** Cells looked at to learn what a comma means: a file of one locale shows it in its first values. */
const CELLS_LOOKED_AT = 20_000

/** One meaning per file, because `1,234` alone says nothing. Thousands where nothing speaks for a decimal comma. */
function commasOf(header: Header, text: PageText): CommaMeaning {
  const records = new CsvRecords(text, header.start, header.delimiter, header.quoted)
  const valueCell = header.names.indexOf('Metric Value')
  let decimals = 0
  let groups = 0
  for (let seen = 0; seen < CELLS_LOOKED_AT && records.next(); ) {
    const cells = valueCell < 0 ? records.cells : records.cells.slice(valueCell, valueCell + 1)
    seen += cells.length
    for (const cell of cells) {
      const meaning = commaMeaning(cell)
      if (meaning === 'decimal') decimals += 1
      else if (meaning === 'grouping') groups += 1
    }
  }
  return decimals > groups ? 'decimal' : 'grouping'
}

async function read(source: Source, options: ReadOptions): Promise<ReadResult> {
  const bytes = bytesOf(source, options)
  const text = new PageText(bytes)
  const first = findHeader(text)
  if (first === undefined) {
    throw new SextantError(
      'missing_data',
      `${source.name} holds no page of Nsight Compute as CSV.`,
      'Write one with: ncu --import REPORT.ncu-rep --csv --page raw',
    )
  }
  const losses = new LossList()
  const launches = new LaunchCells()
  // A cell takes eight characters or more, quotes and delimiter among them.
  const columns = new CounterColumns(text.length / 8)
  const context = new PageContext(columns, launches, losses, commasOf(first, text), text)
  let pages = 0
  for (let header: Header | undefined = first; header !== undefined; pages += 1) header = readPage(header, context)
  options.onProgress?.(source.size, source.size)
  const finished = columns.finish((id) => context.metric(id))
  const capture = buildCapture({
    kind: 'ncu-csv',
    columns: finished,
    processes: launches.processes,
    sections: [...context.sections].sort(),
    devices: devicesOf(launches, finished),
    holdsRules: context.holdsRules,
    facts: { page: first.page },
    inventory: { results: finished.results.length, pages },
  })
  return { capture, losses: losses.list() }
}

/** Reads one page; the header of the next, where the text holds several. */
function readPage(header: Header, context: PageContext): Header | undefined {
  const { text } = context
  const records = new CsvRecords(text, header.start, header.delimiter, header.quoted)
  records.next()
  const isAnother = header.page === 'raw' ? readRawPage(header, records, context) : readDetailsPage(header, records, context)
  context.losses.add('foreign-lines', records.foreignLines, 'lines between the rows that are no rows: output of the profiled program')
  return isAnother ? findHeader(text, records.start) : undefined
}

/** A raw page holds the attributes of the device in every row; a details page its ordinal and compute capability. */
function devicesOf(launches: LaunchCells, columns: FinishedColumns): Device[] {
  return Array.from(launches.devices, ([ordinal, computeCapability]) => {
    const row = columns.results.findIndex(({ device }) => device === ordinal)
    const device = deviceFrom(ordinal, undefined, attributesOf(columns, row))
    return device.computeCapability !== undefined || computeCapability === undefined || computeCapability === ''
      ? device
      : { ...device, computeCapability }
  })
}
