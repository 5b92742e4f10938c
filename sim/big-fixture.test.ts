import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import initSqlJs from 'sql.js'
import { expect, test } from 'vitest'
import { writeBigFixture } from './big-fixture.ts'
import { writeBigTrace } from './big-trace.ts'

test('a big fixture is a valid file and its truth is what its rows say', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-sim-'))
  const path = join(folder, 'big.sqlite')
  const truth = writeBigFixture(path, { kernels: 20_000, hostRows: true, seed: 3 })
  const { Database } = await initSqlJs()
  const database = new Database(readFileSync(path))
  expect(database.exec('PRAGMA integrity_check')[0]?.values).toEqual([['ok']])
  const sums = 'SELECT count(*), sum(end - start), min(start), max(end), count(DISTINCT streamId) FROM CUPTI_ACTIVITY_KIND_KERNEL'
  expect(database.exec(sums)[0]?.values).toEqual([[20_000, truth.kernels.sumNs, truth.firstStartNs, truth.lastEndNs, 2]])
  const rows = database.exec('SELECT start, end FROM CUPTI_ACTIVITY_KIND_KERNEL ORDER BY rowid')[0]?.values as [number, number][]
  expect(rows.every(([start], index) => index === 0 || start >= (rows[index - 1] as [number, number])[0])).toBe(true)
  let busyNs = 0
  let reachedNs = 0
  for (const [start, end] of rows) {
    busyNs += Math.max(0, end - Math.max(start, reachedNs))
    reachedNs = Math.max(reachedNs, end)
  }
  expect(truth.busyNs).toBe(busyNs)
  expect(busyNs).toBeLessThan(truth.kernels.sumNs)
  const late = `SELECT count(*) FROM CUPTI_ACTIVITY_KIND_RUNTIME r JOIN CUPTI_ACTIVITY_KIND_KERNEL k USING (correlationId) WHERE r.start > k.start`
  expect(database.exec('SELECT count(*) FROM CUPTI_ACTIVITY_KIND_RUNTIME')[0]?.values).toEqual([[20_000]])
  expect(database.exec(late)[0]?.values).toEqual([[0]])
  database.close()
  rmSync(folder, { recursive: true })
})

test('ranks of a big job end their collectives together, and all wait for one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-sim-'))
  const { Database } = await initSqlJs()
  const collectives = [0, 3].map((index) => {
    const path = join(folder, `rank${index}.sqlite`)
    writeBigFixture(path, { kernels: 6_400, hostRows: false, seed: 3, rank: { index, of: 8 } })
    const database = new Database(readFileSync(path))
    const sums = "FROM CUPTI_ACTIVITY_KIND_KERNEL k JOIN StringIds s ON k.shortName = s.id WHERE s.value = 'cross_device_reduce_1stage'"
    const rows = database.exec(`SELECT end, end - start ${sums} ORDER BY k.rowid`)[0]?.values as [number, number][]
    const overlaps = 'SELECT count(*) FROM CUPTI_ACTIVITY_KIND_KERNEL a JOIN CUPTI_ACTIVITY_KIND_KERNEL b ON b.rowid = a.rowid + 1'
    expect(database.exec(`${overlaps} WHERE b.start < a.end`)[0]?.values).toEqual([[0]])
    database.close()
    return rows
  })
  const [first, late] = collectives as [[number, number][], [number, number][]]
  expect(first.length).toBe(1_000)
  expect(first.every(([end], k) => Math.abs(end - (late[k] as [number, number])[0]) < 512)).toBe(true)
  expect(late.filter(([, ns], k) => ns < (first[k] as [number, number])[1]).length).toBeGreaterThan(900)
  expect(late.every(([, ns]) => ns > 9_000)).toBe(true)
  rmSync(folder, { recursive: true })
})

test('a big trace has the length asked for and the truth its events say', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-sim-'))
  const path = join(folder, 'big.json')
  const truth = await writeBigTrace(path, { bytes: 3_000_000, gzip: false, seed: 3 })
  expect(Math.abs(statSync(path).size / 3_000_000 - 1)).toBeLessThan(0.5)
  const { traceEvents } = JSON.parse(readFileSync(path, 'utf8')) as { traceEvents: { cat?: string; ts: number; dur: number }[] }
  const kernels = traceEvents.filter(({ cat }) => cat === 'kernel')
  expect(kernels.length).toBe(truth.kernels.count)
  expect(kernels.reduce((sum, { dur }) => sum + Math.round(dur * 1000), 0)).toBe(truth.kernels.sumNs)
  expect(new Set(kernels.map(({ ts }) => ts)).size).toBe(kernels.length)
  rmSync(folder, { recursive: true })
})
