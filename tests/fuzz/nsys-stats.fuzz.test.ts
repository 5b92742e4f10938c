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
import { mutate, seededRandom } from './mutate.ts'

const MUTANTS = process.env['SEXTANT_SLOW'] === '1' ? 100_000 : 2_000
const SEED = Number(process.env['SEXTANT_SEED'] ?? 20260731)
const SLOWEST_MS = 10_000
const paths = [...listShared('nsys-stats'), ...listShared('nsys-stats-csv').filter((path) => /Fuser|ex-gpu/.test(path))]

describe.skipIf(paths.length === 0)(paths.length === 0 ? sharedDataAbsent : 'nsys stats mutants', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sextant-stats-fuzz-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test(`${MUTANTS} mutants, seed ${SEED}`, async () => {
    const random = seededRandom(SEED)
    const pristine = paths
      .map((path) => [basename(path), new Uint8Array(readFileSync(path))] as const)
      .filter(([, bytes]) => bytes.length > 0)
    const zipped = pristine.slice(0, 1).map(([name, bytes]) => [`${name}.gz`, new Uint8Array(gzipSync(bytes))] as const)
    const outcomes = { read: 0, refused: 0 }
    for (let number = 0; number < MUTANTS; number++) {
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
        if (!isSextantError(error)) throw new Error(`mutant ${number} of ${name}, seed ${SEED}: ${String(error)}`, { cause: error })
        outcomes.refused++
      }
      expect(performance.now() - begun, `mutant ${number} of ${name}, seed ${SEED}`).toBeLessThan(SLOWEST_MS)
    }
    expect(outcomes.read).toBeGreaterThan(MUTANTS / 2)
    expect(outcomes.refused).toBeGreaterThan(0)
  })
})
