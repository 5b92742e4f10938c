/** The folder of five TSV files. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SextantError } from '#base/errors.ts'
import { fileError } from '#platform/access.ts'
import { cpuTsvFile, MAX_BYTES, type Shortfall, tsvFiles } from './contract.ts'
import { type ShareColumn, type ShareRow, SharesBuilder, shareColumns } from './shares-builder.ts'
import { parseTsv, sampleCount, type TsvTable } from './tsv.ts'

export interface TsvSet {
  readonly builder: SharesBuilder
  readonly shortfalls: readonly Shortfall[]
  /** Rows per file. */
  readonly inventory: Readonly<Record<string, number>>
}

export function readTsvSet(folder: string): TsvSet {
  const builder = new SharesBuilder()
  const shortfalls: Shortfall[] = []
  const inventory: Record<string, number> = {}
  for (const [file, columns] of [...Object.entries(tsvFiles), [cpuTsvFile, ['samples']] as const]) {
    const text = textOf(folder, file)
    if (text === undefined || text.trim() === '') {
      if (file !== cpuTsvFile) shortfalls.push({ file, state: text === undefined ? 'missing' : 'empty' })
      continue
    }
    const table = parseTsv(text, file)
    const absent = columns.filter((column) => !table.columns.includes(column))
    if (absent.length > 0) throw wrongHeader(file, absent)
    if (file === cpuTsvFile) builder.cpuView()
    else if (table.rows.length === 0) shortfalls.push({ file, state: 'header-only' })
    inventory[file] = table.rows.length
    addRows(builder, table, file)
  }
  return { builder, shortfalls, inventory }
}

function textOf(folder: string, file: string): string | undefined {
  const path = join(folder, file)
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined || !stats.isFile()) return undefined
  if (stats.size > MAX_BYTES) {
    throw new SextantError('limit_exceeded', `${file} is larger than ${MAX_BYTES} bytes`, 'Query only the most frequent frames.', {
      limit: MAX_BYTES,
    })
  }
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(file, error)
  }
}

function wrongHeader(file: string, absent: readonly string[]): SextantError {
  return new SextantError(
    'corrupt_file',
    `${file} has no column ${absent.join(', ')}`,
    `Write it with a header row: ${(tsvFiles[file] ?? ['python_frame', 'samples']).join(', ')}, separated by tabs.`,
  )
}

function addRows(builder: SharesBuilder, { columns, rows }: TsvTable, file: string): void {
  const keys = columns.map((column): ShareColumn | undefined => shareColumns[column])
  const at = keys.indexOf('samples')
  for (const [index, cells] of rows.entries()) {
    const samples = sampleCount(cells[at] ?? '')
    if (samples === undefined) {
      throw new SextantError(
        'corrupt_file',
        `${file} line ${index + 2}: samples is no whole number`,
        'Write the file again from the query.',
        { line: index + 2 },
      )
    }
    const row: Record<string, string> = file === cpuTsvFile ? { eventKind: 'on_cpu' } : {}
    for (const [column, key] of keys.entries()) if (key !== undefined && key !== 'samples') row[key] = cells[column] ?? ''
    builder.add({ ...(row as Omit<ShareRow, 'samples'>), samples }, file)
  }
}
