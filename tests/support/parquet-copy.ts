/** Copies the tables of an export into a parquet folder, in many small pages, so that page and group borders are crossed. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { Id64Column, TableInfo, TableSource } from '#readers/nsys/table-source.ts'

/** Columns that hold text in every version; all others are written as 64-bit integers. */
const TEXT = new Set(['value', 'text', 'name', 'uuid', 'busLocation', 'chipName', 'utcTime', 'localTime', 'jsonText', 'binaryData'])

function bigints({ hi, lo, isNull }: Id64Column, rows: number): (bigint | null)[] {
  return Array.from({ length: rows }, (_, row) => (isNull[row] === 1 ? null : (BigInt(hi[row] ?? 0) << 32n) | BigInt(lo[row] ?? 0)))
}

async function columnsOf(
  source: TableSource,
  info: TableInfo,
): Promise<{ name: string; data: (bigint | string | null)[]; isText: boolean }[]> {
  const columns = info.columns.map((name) => ({ name, data: [] as (bigint | string | null)[], isText: TEXT.has(name) }))
  const requests = columns.map(({ name, isText }) => ({ name, type: isText ? ('text' as const) : ('id64' as const) }))
  await source.scan(info.name, requests, (batch) => {
    for (const [index, column] of columns.entries()) {
      column.data.push(
        ...(column.isText
          ? batch
              .text(index)
              .slice(0, batch.rows)
              .map((value) => value ?? null)
          : bigints(batch.id64(index), batch.rows)),
      )
    }
  })
  return columns
}

/** Writes `tables` as `<folder>/<TABLE>.parquet`; empty ones are left out, as nsys does. */
export async function copyToParquet(
  source: TableSource,
  tables: readonly string[],
  folder: string,
  codec: 'SNAPPY' | 'UNCOMPRESSED',
): Promise<void> {
  for (const table of tables) {
    const info = source.tables.get(table)
    if (info === undefined || info.rowCountHint === 0) continue
    const columnData = (await columnsOf(source, info)).map(({ name, data, isText }) => ({
      name,
      data,
      type: isText ? ('STRING' as const) : ('INT64' as const),
      nullable: true,
    }))
    writeFileSync(
      join(folder, `${table}.parquet`),
      new Uint8Array(parquetWriteBuffer({ columnData, codec, pageSize: 2000, rowGroupSize: 1500 })),
    )
  }
}
