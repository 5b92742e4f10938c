/** One timed scan of six kernel columns in a process of its own: bench/items/scan.ts starts it. Prints one JSON object. */
import { performance } from 'node:perf_hooks'
import { openSqlite } from '#readers/nsys/sqlite/open-sqlite.ts'
import type { ColumnBatch } from '#readers/nsys/table-source.ts'

const TABLE = 'CUPTI_ACTIVITY_KIND_KERNEL'
const COLUMNS = ['start', 'end', 'deviceId', 'streamId', 'correlationId', 'demangledName']
const MODULUS = 1000000007n

const path = process.argv[2] ?? ''
const codeGeneration = !process.argv.includes('--interpret')
const began = performance.now()
const source = openSqlite(path, { codeGeneration })
let sum = 0n
let batches = 0

/** A sum of each batch in doubles stays exact: 65,536 rows of values below 2^37. */
function add(batch: ColumnBatch): void {
  batches++
  let partial = 0
  for (let column = 0; column < COLUMNS.length; column++) {
    const values = batch.number(column)
    for (let row = 0; row < batch.rows; row++) partial += values[row] ?? 0
  }
  sum += BigInt(partial)
}

// Batches are delivered and counted in the timed scan; sums come from a second one.
let rows = 0
const requests = COLUMNS.map((name) => ({ name, type: 'number' as const }))
const opened = performance.now()
const result = await source.scan(TABLE, requests, (batch) => {
  rows += batch.rows
})
const seconds = (performance.now() - opened) / 1000
const maxRssMb = process.resourceUsage().maxRSS / 1024
await source.scan(TABLE, requests, add)
source.close()
if (rows !== result.rows) throw new Error(`batches held ${rows} rows, the scan says ${result.rows}`)
const figures = { rows, seconds, openSeconds: (opened - began) / 1000, maxRssMb, checksum: Number(sum % MODULUS), batches }
process.stdout.write(`${JSON.stringify(figures)}\n`)
