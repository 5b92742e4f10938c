/**
 * Damaged SQLite files: each gives a SextantError, reported losses, or what C SQLite answers on the same bytes;
 * never a crash, never more than 5 s or 1 GB. SEXTANT_SLOW=1 tries 100,000 mutants; SEXTANT_SEED and SEXTANT_MUTANTS choose others.
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { SqlJsStatic } from 'sql.js'
import { expect, test } from 'vitest'
import { isSextantError } from '#base/errors.ts'
import { openSqlite } from '#readers/nsys/sqlite/open-sqlite.ts'
import { listShared } from '../support/shared-data.ts'
import { askOracle, type Comparison, compareWithOracle, isCrash, type OracleTable, sqlEngine } from '../support/sqlite-oracle.ts'
import { MAX_MS, MAX_RSS_BYTES, mutants, sayFuzz, seed } from './fuzz-run.ts'
import { mutate, seededRandom } from './mutate.ts'
import { randomDatabase } from './sqlite-files.ts'
import { sqliteMutators } from './sqlite-mutators.ts'

/** Real exports are mutated seldom: C SQLite needs a second for all values of one. */
const REAL_SHARE = 500

interface Tally {
  equal: number
  refused: number
  lost: number
  oracleRefused: number
  oracleCrashes: number
  slowestMs: number
}

/** What the scanner says, without the oracle: an error of ours, or a comparison. Anything else is thrown. */
async function examine(
  path: string,
  oracle: ReadonlyMap<string, OracleTable>,
  codeGeneration: boolean | 'script',
): Promise<Comparison | undefined> {
  try {
    const source = openSqlite(path, { codeGeneration })
    try {
      return await compareWithOracle(source, oracle)
    } finally {
      source.close()
    }
  } catch (error) {
    if (!isSextantError(error)) throw error
    expect(error.hint.length).toBeGreaterThan(10)
    return undefined
  }
}

async function askSafely(
  sql: SqlJsStatic,
  bytes: Uint8Array,
  tally: Tally,
): Promise<{ sql: SqlJsStatic; oracle: Map<string, OracleTable> | undefined }> {
  try {
    return { sql, oracle: askOracle(sql, bytes) }
  } catch (error) {
    if (!isCrash(error)) throw error
    tally.oracleCrashes++
    return { sql: await sqlEngine(true), oracle: undefined }
  }
}

/** Losses that excuse another answer; rounding and text in a numeric column are the request's doing and are compared. */
const excuses = ['reserved-serial-type', 'text-cut', 'default-not-constant']

function judge(found: Comparison | undefined, oracle: Map<string, OracleTable> | undefined, tally: Tally): string[] {
  if (oracle === undefined || (found?.refusedByOracle ?? 0) > 0) tally.oracleRefused++
  const lost = found?.losses.some(({ code }) => excuses.includes(code)) ?? false
  if (found === undefined || found.errors.some((code) => code !== 'unsupported_format')) tally.refused++
  else if (lost) tally.lost++
  else if (oracle !== undefined) tally.equal++
  // Where C SQLite cannot read the schema there is nothing to compare with.
  return oracle === undefined || found === undefined || lost ? [] : found.differences
}

/** WebAssembly is compiled anew for every table of every mutant, which takes longer than to read it: once in four. */
const decoders = [false, 'script', true, 'script'] as const

// Some 60 mutants a second on a busy machine.
const timeoutMs = Math.max(60_000, mutants * 40)

test(`${mutants} mutants of SQLite files (seed ${seed})`, { timeout: timeoutMs }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-fuzz-'))
  const path = join(folder, 'mutant.sqlite')
  const random = seededRandom(seed)
  const real = listShared('nsys-sqlite').filter((file) => statSync(file).size < 700_000)
  const tally: Tally = { equal: 0, refused: 0, lost: 0, oracleRefused: 0, oracleCrashes: 0, slowestMs: 0 }
  let sql = await sqlEngine()
  let original = randomDatabase(sql, random, 30)
  try {
    for (let i = 0; i < mutants; i++) {
      // Twenty mutants of each file, so that making files does not take the time.
      if (i % 20 === 0) original = randomDatabase(sql, random, 30)
      const realFile = i % REAL_SHARE === REAL_SHARE - 1 && real.length > 0 ? random.pick(real) : undefined
      const { bytes, what } = mutate(realFile === undefined ? original.bytes : readFileSync(realFile), random, sqliteMutators)
      writeFileSync(path, bytes)
      const asked = await askSafely(sql, bytes, tally)
      sql = asked.sql
      const label = `mutant ${i} of seed ${seed}: ${what} (${realFile === undefined ? original.what : 'a real export'})`
      const started = performance.now()
      const found = await examine(path, asked.oracle ?? new Map(), decoders[i % decoders.length] ?? false).catch((error: unknown) => {
        writeFileSync(join(tmpdir(), 'sextant-fuzz-failure.sqlite'), bytes)
        throw new Error(label, { cause: error })
      })
      tally.slowestMs = Math.max(tally.slowestMs, performance.now() - started)
      const differences = judge(found, asked.oracle, tally)
      if (differences.length > 0) writeFileSync(join(tmpdir(), 'sextant-fuzz-failure.sqlite'), bytes)
      expect(differences, label).toEqual([])
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const { slowestMs, ...counts } = tally
  const peakBytes = sayFuzz('nsys-sqlite', mutants, slowestMs, counts)
  expect(slowestMs).toBeLessThan(MAX_MS)
  expect(peakBytes).toBeLessThan(MAX_RSS_BYTES)
  // Damage that nothing notices and damage that everything refuses would both mean that the mutators have gone blind.
  expect(tally.equal).toBeGreaterThan(mutants / 50)
  expect(tally.refused).toBeGreaterThan(mutants / 10)
})
