/** Damaged `nsys stats` output: an operational error or a result with its losses, never a crash or a hang. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isSextantError } from '#base/errors.ts'
import { defaultReadLimits } from '#model/reader.ts'
import { openProbe, openSource } from '#platform/access.ts'
import { nsysStatsReader } from '#readers/nsys/stats-reader.ts'
import { listShared, sharedDataAbsent } from '../support/shared-data.ts'
import { MAX_MS, MAX_RSS_BYTES, mutants, sayFuzz, seed } from './fuzz-run.ts'
import { mutate, seededRandom } from './mutate.ts'

let slowestMs = 0
const paths = [...listShared('nsys-stats'), ...listShared('nsys-stats-csv').filter((path) => /Fuser|ex-gpu/.test(path))]

describe.skipIf(paths.length === 0)(paths.length === 0 ? sharedDataAbsent : 'nsys stats mutants', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sextant-stats-fuzz-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test(`${mutants} mutants, seed ${seed}`, async () => {
    const random = seededRandom(seed)
    const pristine = paths
      .map((path) => [basename(path), new Uint8Array(readFileSync(path))] as const)
      .filter(([, bytes]) => bytes.length > 0)
    const zipped = pristine.slice(0, 1).map(([name, bytes]) => [`${name}.gz`, new Uint8Array(gzipSync(bytes))] as const)
    const outcomes = { read: 0, refused: 0 }
    for (let number = 0; number < mutants; number++) {
      const [name, bytes] = random.pick([...pristine, ...zipped])
      const path = join(folder, name)
      writeFileSync(path, mutate(bytes, random).bytes)
      const begun = performance.now()
      try {
        const probe = openProbe(path)
        nsysStatsReader.detect(probe)
        probe.close()
        const { capture } = await nsysStatsReader.read(openSource(path), { needs: new Set(), limits: defaultReadLimits })
        const broken = capture.statistics?.some((report) => report.rows.some((row) => row.name === '' || Number.isNaN(row.count)))
        expect(broken).not.toBe(true)
        outcomes.read++
      } catch (error) {
        if (!isSextantError(error)) throw new Error(`mutant ${number} of ${name}, seed ${seed}: ${String(error)}`, { cause: error })
        outcomes.refused++
      }
      const tookMs = performance.now() - begun
      slowestMs = Math.max(slowestMs, tookMs)
      expect(tookMs, `mutant ${number} of ${name}, seed ${seed}`).toBeLessThan(MAX_MS)
    }
    expect(sayFuzz('nsys-stats', mutants, slowestMs, outcomes)).toBeLessThan(MAX_RSS_BYTES)
    expect(outcomes.read).toBeGreaterThan(mutants / 2)
    expect(outcomes.refused).toBeGreaterThan(0)
  })
})
