/** Damaged parquet folders: an operational error or a result with its losses, never a crash, a hang or another kind of error. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isSextantError } from '#base/errors.ts'
import { defaultReadLimits, type ReadOptions } from '#model/reader.ts'
import { timelineNeeds } from '#model/timeline.ts'
import { openSource } from '#platform/access.ts'
import { nsysParquetdirReader } from '#readers/nsys/parquetdir-reader.ts'
import { openSqlite } from '#readers/nsys/sqlite/open-sqlite.ts'
import { copyToParquet } from '../support/parquet-copy.ts'
import { listShared, sharedDataAbsent } from '../support/shared-data.ts'
import { MAX_MS, MAX_RSS_BYTES, mutants, sayFuzz, seed } from './fuzz-run.ts'
import { mutate, seededRandom } from './mutate.ts'

const options: ReadOptions = { needs: new Set(timelineNeeds), limits: defaultReadLimits }
/** Small, so that thousands of reads take seconds; a damaged count must not make one take long. */
let slowestMs = 0
const TABLES = [
  'CUPTI_ACTIVITY_KIND_KERNEL',
  'CUPTI_ACTIVITY_KIND_MEMCPY',
  'CUPTI_ACTIVITY_KIND_RUNTIME',
  'StringIds',
  'TARGET_INFO_GPU',
] as const
const [original] = listShared('nsys-sqlite')

describe.skipIf(original === undefined)(original === undefined ? sharedDataAbsent : 'parquetdir mutants', () => {
  let folder = ''
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sextant-parquet-fuzz-'))
    const source = openSqlite(original ?? '')
    for (const [name, codec] of [
      ['snappy', 'SNAPPY'],
      ['plain', 'UNCOMPRESSED'],
    ] as const) {
      const path = mkdtempSync(join(folder, name))
      await copyToParquet(source, TABLES, path, codec)
      cpSync(path, join(folder, name), { recursive: true })
    }
    source.close()
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(['snappy', 'plain'])(`%s: ${mutants / 2} mutants, seed ${seed}`, async (name) => {
    const random = seededRandom(seed + name.length)
    const pristine = new Map(TABLES.map((table) => [table, new Uint8Array(readFileSync(join(folder, name, `${table}.parquet`)))]))
    const outcomes = { read: 0, refused: 0 }
    for (let number = 0; number < mutants / 2; number++) {
      const table = random.pick(TABLES)
      const bytes = pristine.get(table) ?? new Uint8Array(0)
      const path = join(folder, name, `${table}.parquet`)
      writeFileSync(path, mutate(bytes, random).bytes)
      const begun = performance.now()
      try {
        await nsysParquetdirReader.read(openSource(join(folder, name)), options)
        outcomes.read++
      } catch (error) {
        if (!isSextantError(error)) throw new Error(`mutant ${number} of ${table}, seed ${seed}: ${String(error)}`, { cause: error })
        outcomes.refused++
      }
      const tookMs = performance.now() - begun
      slowestMs = Math.max(slowestMs, tookMs)
      expect(tookMs, `mutant ${number} of ${table}, seed ${seed}`).toBeLessThan(MAX_MS)
      writeFileSync(path, bytes)
    }
    expect(sayFuzz(`nsys-parquetdir ${name}`, mutants / 2, slowestMs, outcomes)).toBeLessThan(MAX_RSS_BYTES)
    expect(outcomes.read).toBeGreaterThan(0)
    expect(outcomes.refused).toBeGreaterThan(mutants / 20)
  })
})
