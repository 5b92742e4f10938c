/** The containers of an nsys report: one capture whichever way it was exported, and reports that need the vendor's tool. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defaultReadLimits, type Reader, type ReadOptions } from '#model/reader.ts'
import { timelineNeeds } from '#model/timeline.ts'
import { openProbe, openSource } from '#platform/access.ts'
import { nsysParquetdirReader } from '#readers/nsys/parquetdir-reader.ts'
import { nsysRepReader } from '#readers/nsys/rep-reader.ts'
import { openSqlite } from '#readers/nsys/sqlite/open-sqlite.ts'
import { nsysSqliteReader } from '#readers/nsys/sqlite-reader.ts'
import { kernelDefaults, nsysExport } from './support/nsys-fixture.ts'
import { copyToParquet } from './support/parquet-copy.ts'
import { listShared, sharedDataAbsent } from './support/shared-data.ts'

const everything: ReadOptions = { needs: new Set(timelineNeeds), limits: defaultReadLimits }
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-containers-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
  delete process.env['SEXTANT_NSYS']
})

function claimed(reader: Reader, path: string): boolean {
  const probe = openProbe(path)
  try {
    return reader.detect(probe) !== undefined
  } finally {
    probe.close()
  }
}

async function sqliteFile(name: string, tables: Parameters<typeof nsysExport>[1]): Promise<string> {
  const database = await nsysExport('3.25.0', tables)
  const path = join(folder, name)
  writeFileSync(path, database.export())
  database.close()
  return path
}

const folders = listShared('nsys-parquetdir')
describe.skipIf(folders.length === 0)(folders.length === 0 ? sharedDataAbsent : 'real parquetdir exports', () => {
  test.each(folders.map((path) => [basename(path), path]))('%s', async (name, path) => {
    expect(claimed(nsysParquetdirReader, path)).toBe(true)
    const { capture } = await nsysParquetdirReader.read(openSource(path), everything)
    const { timeline } = capture
    if (timeline === undefined) throw new Error('no timeline')
    // hyparquet's own row reader is the oracle of our page decoder.
    const rowsOf = async (table: string) => parquetReadObjects({ file: await asyncBufferFromFile(join(path, `${table}.parquet`)) })
    const strings = new Map((await rowsOf('StringIds')).map((row) => [Number(row['id']), String(row['value'])]))
    const kernels = await rowsOf('CUPTI_ACTIVITY_KIND_KERNEL')
    expect([...timeline.kernels.startNs]).toEqual(kernels.map((row) => Number(row['start'])))
    expect([...timeline.kernels.durationNs]).toEqual(kernels.map((row) => Number(row['end']) - Number(row['start'])))
    expect(Array.from(timeline.kernels.name, (id) => timeline.kernelNames[id]?.name)).toEqual(
      kernels.map((row) => strings.get(Number(row['demangledName']))),
    )
    const memcpys = await rowsOf('CUPTI_ACTIVITY_KIND_MEMCPY')
    expect([...timeline.memcpys.bytes]).toEqual(memcpys.map((row) => Number(row['bytes'])))
    expect(capture.graphMode).toBe('unknown')
    expect(timeline.processes.map((process) => process.pid)).toEqual([Number((BigInt(kernels[0]?.['globalPid'] ?? 0) >> 24n) & 0xffffffn)])
    // The SQLite export is of another run of the same program: what the program does is equal, its times are not.
    const twin = listShared('nsys-sqlite').find((each) => basename(each) === name.replace(/_pqtdir$/, '.sqlite'))
    if (twin === undefined) throw new Error('no SQLite export of the same program')
    const { timeline: other } = (await nsysSqliteReader.read(openSource(twin), everything)).capture
    for (const table of ['kernels', 'memcpys', 'memsets', 'syncs'] as const)
      expect([table, timeline[table]?.length]).toEqual([table, other?.[table]?.length])
    expect([...timeline.memcpys.bytes, ...timeline.memcpys.copyKind]).toEqual([
      ...(other?.memcpys.bytes ?? []),
      ...(other?.memcpys.copyKind ?? []),
    ])
    expect(timeline.kernelNames.map((each) => each.name)).toEqual(other?.kernelNames.map((each) => each.name))
  })
})

const databases = listShared('nsys-sqlite').filter((path) => /0x822a|Athrun|Ginda/.test(path))
describe.skipIf(databases.length === 0)(databases.length === 0 ? sharedDataAbsent : 'one capture in both containers', () => {
  test.each(databases.map((path) => [basename(path), path]))('%s', async (_, path) => {
    const source = openSqlite(path)
    const tables = [...source.tables.keys()].filter((table) =>
      /^(?:CUPTI_ACTIVITY_KIND_(?:KERNEL|MEM|RUNTIME|SYNC)|StringIds$|NVTX_EVENTS$|OSRT_API$|PROFILER_OVERHEAD$|TARGET_INFO_(?:GPU|CUDA_DEVICE|SESSION)|ThreadNames$|PROCESSES$)/.test(
        table,
      ),
    )
    await copyToParquet(source, tables, folder, path.includes('Ginda') ? 'UNCOMPRESSED' : 'SNAPPY')
    source.close()
    const { capture: parquet, losses } = await nsysParquetdirReader.read(openSource(folder), everything)
    const { capture: sqlite } = await nsysSqliteReader.read(openSource(path), everything)
    expect(losses).toEqual([])
    expect(parquet.clock).toEqual(sqlite.clock)
    // Absent columns and tables of metadata apart, the timelines are equal to the last id.
    expect(plain(parquet.timeline)).toEqual(plain(sqlite.timeline))
  })
})

/** Typed arrays as plain ones: both containers may reserve differently. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
  return value
}

test('SQLite files without nsys tables are claimed by nobody', async () => {
  const path = await sqliteFile('other.sqlite', {})
  expect(claimed(nsysSqliteReader, path)).toBe(true)
  const { Database } = await (await import('./support/sqljs-table-source.ts')).loadSqlJs()
  const database = new Database()
  database.run('CREATE TABLE users (id INTEGER, name TEXT)')
  writeFileSync(path, database.export())
  expect(claimed(nsysSqliteReader, path)).toBe(false)
})

test('an arrowdir export is recognised and refused with the command that helps', async () => {
  const path = join(folder, 'arrows')
  mkdirSync(path)
  writeFileSync(join(path, 'CUPTI_ACTIVITY_KIND_KERNEL.arrow'), 'ARROW1')
  expect(claimed(nsysParquetdirReader, path)).toBe(true)
  await expect(nsysParquetdirReader.read(openSource(path), everything)).rejects.toMatchObject({
    code: 'unsupported_format',
    hint: expect.stringContaining('--type sqlite'),
  })
})

const reportBytes = 'NVIDIA Tegra Profiler Report 2026@1@1@204-261137\u0000\u0001'

test('trap B25: a report without nsys on the machine says what is needed, with the version in its header', async () => {
  const path = join(folder, 'run.nsys-rep')
  writeFileSync(path, reportBytes)
  process.env['SEXTANT_NSYS'] = join(folder, 'no-such-nsys')
  expect(claimed(nsysRepReader, path)).toBe(true)
  await expect(nsysRepReader.read(openSource(path), everything)).rejects.toMatchObject({
    code: 'tool_missing',
    message: expect.stringContaining('2026.1.1.204'),
    hint: expect.stringContaining('nsys export --type sqlite --force-overwrite true -o capture.sqlite run.nsys-rep'),
  })
})

/** An `nsys` that notes its arguments and writes a prepared export where `-o` says. */
function fakeNsys(prepared: string): string {
  const path = join(folder, 'nsys')
  writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder}/args'\nwhile [ "$1" != "-o" ]; do shift; done\ncp '${prepared}' "$2"\n`)
  chmodSync(path, 0o755)
  return path
}

test('trap B17: a sidecar export beside the report is neither read nor written', async () => {
  const fresh = await sqliteFile('fresh.bin', { CUPTI_ACTIVITY_KIND_KERNEL: [{ ...kernelDefaults, start: 10, end: 30 }] })
  const stale = await sqliteFile('run.sqlite', { CUPTI_ACTIVITY_KIND_KERNEL: [{ ...kernelDefaults, start: 10, end: 99 }] })
  const report = join(folder, 'run.nsys-rep')
  writeFileSync(report, reportBytes)
  utimesSync(stale, 1, 1)
  process.env['SEXTANT_NSYS'] = fakeNsys(fresh)
  const before = readFileSync(stale)
  const { capture } = await nsysRepReader.read(openSource(report), everything)
  expect([...(capture.timeline?.kernels.durationNs ?? [])]).toEqual([20])
  expect(capture.kind).toBe('nsys-rep')
  expect(readFileSync(stale).equals(before)).toBe(true)
  const args = readFileSync(join(folder, 'args'), 'utf8').trim().split('\n')
  expect(args.slice(0, 6)).toEqual(['export', '--type', 'sqlite', '--force-overwrite', 'true', '-o'])
  const target = args[6] ?? ''
  expect(target.startsWith(folder)).toBe(false)
  expect(existsSync(target)).toBe(false)
  expect(readdirSync(folder).sort()).toEqual(['args', 'fresh.bin', 'nsys', 'run.nsys-rep', 'run.sqlite'])
})

test('an nsys that exits with 0 and exports nothing is a failure', async () => {
  const report = join(folder, 'run.nsys-rep')
  writeFileSync(report, reportBytes)
  copyFileSync('/bin/true', join(folder, 'nsys'))
  process.env['SEXTANT_NSYS'] = join(folder, 'nsys')
  await expect(nsysRepReader.read(openSource(report), everything)).rejects.toMatchObject({ code: 'tool_failed' })
})

const realReports = listShared('nsys-rep')
test('real reports are recognised by their header', ({ skip }) => {
  if (realReports.length === 0) skip(sharedDataAbsent)
  for (const path of realReports) expect([path, claimed(nsysRepReader, path)]).toEqual([path, true])
})
