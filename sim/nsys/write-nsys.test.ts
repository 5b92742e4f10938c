import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import initSqlJs, { type Database } from 'sql.js'
import { expect, test } from 'vitest'
import type { CaseName } from '#sim/cases.ts'
import { type WriteCaseOptions, type WrittenCase, writeCase } from '#sim/write-case.ts'
import { schemaVersions, tableSchema } from './schema.ts'

async function asking<T>(name: CaseName, options: WriteCaseOptions, ask: (database: Database, written: WrittenCase) => T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-sim-'))
  try {
    const written = await writeCase(name, 5, folder, { ...options, change: { steps: 12, ...options.change } })
    const { Database: Opened } = await initSqlJs()
    const database = new Opened(readFileSync(written.files[0] as string))
    try {
      return ask(database, written)
    } finally {
      database.close()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const one = (database: Database, sql: string): unknown[] => database.exec(sql)[0]?.values[0] ?? []

test.each(schemaVersions)('schema %s: readable by sql.js, columns as declared, counts and sums as the truth says', async (schema) => {
  await asking(
    'prefill-in-middle',
    { schema, change: { worldSize: 8, communicationNs: 300_000, memsetNs: 90_000 } },
    (database, { truth }) => {
      expect(database.exec('PRAGMA integrity_check')[0]?.values).toEqual([['ok']])
      const device = truth.files[0]?.devices[0]
      for (const [table, expected] of [
        ['KERNEL', device?.kernels],
        ['MEMCPY', device?.memcpy],
        ['MEMSET', device?.memset],
      ] as const) {
        const name = `CUPTI_ACTIVITY_KIND_${table}`
        expect(one(database, `SELECT count(*), sum(end - start) FROM ${name}`)).toEqual([expected?.count, expected?.sumNs])
        const columns = database.exec(`PRAGMA table_info(${name})`)[0]?.values.map((row) => row[1])
        expect(columns).toEqual(tableSchema(name, schema)?.columns.map(({ name: column }) => column))
      }
      const unnamed = 'SELECT count(*) FROM CUPTI_ACTIVITY_KIND_KERNEL WHERE demangledName NOT IN (SELECT id FROM StringIds)'
      expect(one(database, unnamed)).toEqual([0])
      const twice = one(database, 'SELECT count(*) FROM CUPTI_ACTIVITY_KIND_RUNTIME WHERE eventClass = 67')[0]
      expect(Number(twice) > 0).toBe(schema === 'pre-2022')
    },
  )
})

test('column counts of KERNEL match public exports: 26 in the oldest, 39 and 40 columns in the newest', () => {
  const columns = (version: (typeof schemaVersions)[number]): number =>
    tableSchema('CUPTI_ACTIVITY_KIND_KERNEL', version)?.columns.length ?? 0
  expect(schemaVersions.map(columns)).toEqual([26, 27, 27, 28, 28, 38, 40])
})

test('metadata tables by version', () => {
  expect(tableSchema('EXPORT_META_DATA', 'pre-2022')).toBeUndefined()
  expect(tableSchema('EXPORT_META_DATA', '2.9.1')).toBeDefined()
  expect(tableSchema('EXPORT_META_DATA', '3.4.0')).toBeUndefined()
  expect(tableSchema('META_DATA_EXPORT', '3.4.0')).toBeDefined()
})

test('launches join by process and correlation; two processes share ordinal 0 and correlation ids', async () => {
  await asking('two-processes-device-0', { schema: '3.25.0' }, (database, { truth }) => {
    const join = `SELECT count(*) FROM CUPTI_ACTIVITY_KIND_KERNEL k JOIN CUPTI_ACTIVITY_KIND_RUNTIME r
      ON k.correlationId = r.correlationId AND k.globalPid = (r.globalTid & -16777216)`
    const kernels = truth.files[0]?.devices.reduce((sum, device) => sum + device.kernels.count, 0)
    expect(one(database, join)).toEqual([kernels])
    expect(one(database, 'SELECT count(DISTINCT deviceId), count(DISTINCT globalPid) FROM CUPTI_ACTIVITY_KIND_KERNEL')).toEqual([1, 2])
    expect(one(database, 'SELECT count(DISTINCT uuid) FROM TARGET_INFO_CUDA_DEVICE')).toEqual([2])
  })
})

test('graph recordings: opaque rows, node rows with ids, lost rows', async () => {
  await asking('graph-untimed-rows', {}, (database, { truth }) => {
    const graphs = truth.files[0]?.devices[0]?.graphTraces
    const timed = 'FROM CUPTI_ACTIVITY_KIND_GRAPH_TRACE WHERE end > 0 AND deviceId < 8'
    expect(one(database, `SELECT count(*), sum(end - start) ${timed}`)).toEqual([graphs?.count, graphs?.sumNs])
    expect(one(database, 'SELECT count(*) FROM CUPTI_ACTIVITY_KIND_GRAPH_TRACE')).toEqual([(graphs?.count ?? 0) + 3])
    expect(one(database, "SELECT value FROM META_DATA_CAPTURE WHERE name LIKE '%GRAPH_TRACE_OPTIONS:MODE'")).toEqual(['Graph'])
  })
  await asking('node-graph', {}, (database) => {
    const nodes = 'SELECT count(*) FROM CUPTI_ACTIVITY_KIND_KERNEL WHERE graphNodeId IN (SELECT graphNodeId FROM CUDA_GRAPH_NODE_EVENTS)'
    expect(Number(one(database, nodes)[0])).toBeGreaterThan(500)
  })
  await asking('under-recorded-graphs', { change: { steps: 60 } }, (database) => {
    const launches = "SELECT count(*) FROM CUPTI_ACTIVITY_KIND_RUNTIME JOIN StringIds ON nameId = id WHERE value LIKE 'cudaGraphLaunch%'"
    expect(one(database, launches)).toEqual([60])
    expect(Number(one(database, 'SELECT count(*) FROM CUPTI_ACTIVITY_KIND_GRAPH_TRACE')[0])).toBeLessThan(30)
  })
})

test('the same seed gives the same bytes, another seed others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-sim-'))
  const bytes = async (seed: number, sub: string): Promise<Buffer> => {
    const { files } = await writeCase('jitter', seed, join(folder, sub), { change: { steps: 10 } })
    return readFileSync(files[0] as string)
  }
  const first = await bytes(1, 'a')
  expect((await bytes(1, 'b')).equals(first)).toBe(true)
  expect((await bytes(2, 'c')).equals(first)).toBe(false)
  rmSync(folder, { recursive: true })
})
