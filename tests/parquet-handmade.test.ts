/** Parquet folders that other tools rewrote: ids as floats, numbers as text, tables without rows. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'
import { expect, test } from 'vitest'
import { defaultReadLimits } from '#model/reader.ts'
import { timelineNeeds } from '#model/timeline.ts'
import { openParquetdir } from '#readers/nsys/parquet/open-parquetdir.ts'
import { readNsysTables } from '#readers/nsys/read-nsys-tables.ts'
import { globalId } from './support/nsys-fixture.ts'

/** Columns start and end, one row group of no rows whose chunks point at byte 0: as Arrow's writer leaves it. */
const emptyTable = Buffer.from(
  'UEFSMRUEGTw1ABgGc2NoZW1hFQQAFQQlAhgFc3RhcnQAFQQlAhgDZW5kABYAGRwZLCYAHBUEGRUGGRgFc3RhcnQVABYAFgAWACYASQwAACYAHBUEGRUGGRgDZW5kFQAWABYAFgAmAEkMAAAWABYAJgAWAAAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGSwcAAAcAAAAmwAAAFBBUjE=',
  'base64',
)

async function read(tables: Readonly<Record<string, ColumnSource[] | Buffer>>) {
  const folder = mkdtempSync(join(tmpdir(), 'parquet-'))
  try {
    for (const [name, columnData] of Object.entries(tables))
      writeFileSync(
        join(folder, `${name}.parquet`),
        Buffer.isBuffer(columnData) ? columnData : new Uint8Array(parquetWriteBuffer({ columnData })),
      )
    const source = openParquetdir(folder)
    const { capture } = await readNsysTables(source, { needs: new Set(timelineNeeds), limits: defaultReadLimits })
    source.close()
    if (capture.timeline === undefined) throw new Error('no timeline')
    return capture.timeline
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('ids stored as floats and numbers stored as text keep their value', async () => {
  const timeline = await read({
    CUPTI_ACTIVITY_KIND_KERNEL: [
      { name: 'start', data: ['10', '30'], type: 'STRING' },
      { name: 'end', data: ['25', '31'], type: 'STRING' },
      { name: 'deviceId', data: [0, 1], type: 'DOUBLE' },
      { name: 'globalPid', data: [Number(globalId(70_000)), Number(globalId(70_001))], type: 'DOUBLE' },
    ],
    CUPTI_ACTIVITY_KIND_MEMSET: [
      { name: 'start', data: [40n], type: 'INT64' },
      { name: 'end', data: [41n], type: 'INT64' },
      { name: 'deviceId', data: [1n], type: 'INT64' },
      { name: 'globalPid', data: [String(globalId(70_001))], type: 'STRING' },
    ],
  })
  expect([...timeline.kernels.startNs, ...timeline.kernels.durationNs]).toEqual([10, 30, 15, 1])
  expect(timeline.processes.map((process) => process.pid)).toEqual([70_000, 70_001])
  expect(timeline.memsets.lane[0]).toBe(timeline.kernels.lane[1])
})

test('a table without rows, as `--lazy false` writes them, is a table without rows', async () => {
  const timeline = await read({
    CUPTI_ACTIVITY_KIND_KERNEL: [
      { name: 'start', data: [10n], type: 'INT64' },
      { name: 'end', data: [25n], type: 'INT64' },
    ],
    CUPTI_ACTIVITY_KIND_MEMCPY: emptyTable,
  })
  expect([timeline.kernels.length, timeline.memcpys.length]).toEqual([1, 0])
})
