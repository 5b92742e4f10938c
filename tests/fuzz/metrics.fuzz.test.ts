/** Damaged dumps of metrics endpoints: read with losses, refused, or not claimed; a report over two of them never throws and fits its format. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildMetricsReport } from '../../src/analysis/metrics-report.ts'
import { isSextantError } from '../../src/base/errors.ts'
import { metricsSchema } from '../../src/formats/metrics.ts'
import { defaultReadLimits, type ReadResult } from '../../src/model/reader.ts'
import { openProbe, openSource } from '../../src/platform/access.ts'
import { readers } from '../../src/readers/registry.ts'
import { checkoutRoot } from '../support/checkout.ts'
import { listShared } from '../support/shared-data.ts'
import { byteMutators, type Mutator, mutate, seededRandom } from './mutate.ts'

const MUTANTS = process.env['SEXTANT_SLOW'] === '1' ? 100_000 : 2_000
const SEED = Number(process.env['SEXTANT_SEED'] ?? 20260802)
const SLOWEST_MS = 10_000

const words = [
  'NaN',
  '+Inf',
  '-Inf',
  '9223372036854775794',
  '140737488355328',
  '1e400',
  '-1',
  '{',
  '}',
  '"',
  '\\',
  '# EOF',
  '__proto__',
  'le="+Inf"',
]
const replaceToken: Mutator = {
  name: 'replace a token',
  apply(bytes, random) {
    const text = Buffer.from(bytes).toString('latin1')
    const tokens = [...text.matchAll(/[\w.:+-]+|"[^"]{0,40}"/g)]
    if (tokens.length === 0) return bytes
    const token = random.pick(tokens)
    // A plain array: Buffer.fill refuses what Uint8Array.fill clamps.
    return new Uint8Array(
      Buffer.from(text.slice(0, token.index) + random.pick(words) + text.slice(token.index + token[0].length), 'latin1'),
    )
  },
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-metrics-fuzz-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test(`${MUTANTS} mutants of dumps, seed ${SEED}`, { timeout: 3_600_000 }, async () => {
  const random = seededRandom(SEED)
  const examples = ['before.prom', 'after.prom'].map((name) => join(checkoutRoot, 'examples/serving', name))
  const paths = [...listShared('metrics'), ...listShared('bench').filter((path) => path.endsWith('telemetry_export.jsonl')), ...examples]
  const pristine = paths.map((path) => [basename(path), new Uint8Array(readFileSync(path))] as const)
  const outcomes = { read: 0, refused: 0, unclaimed: 0 }
  let previous: ReadResult | undefined
  for (let number = 0; number < MUTANTS; number++) {
    const [name, bytes] = random.pick(pristine)
    const where = `mutant ${number} of ${name}, seed ${SEED}`
    const path = join(folder, name)
    writeFileSync(path, mutate(bytes, random, [...byteMutators, replaceToken, replaceToken]).bytes)
    const begun = performance.now()
    const probe = openProbe(path)
    const claims = readers.filter((reader) => reader.detect(probe) !== undefined)
    probe.close()
    expect(claims.length, `${where}: ${claims.map(({ kind }) => kind)}`).toBeLessThanOrEqual(1)
    const [reader] = claims
    if (reader === undefined) {
      outcomes.unclaimed++
      continue
    }
    try {
      const read = await reader.read(openSource(path), { needs: new Set(), limits: defaultReadLimits })
      const inputOf = ({ capture, losses }: ReadResult) =>
        capture.metricSamples === undefined ? undefined : { samples: capture.metricSamples, losses }
      const input = inputOf(read)
      const before = previous === undefined ? undefined : inputOf(previous)
      if (input !== undefined) {
        const report = buildMetricsReport(before ?? input, before === undefined ? undefined : input, 10)
        const parsed = metricsSchema.safeParse({ ...report, sources: [{ path: 'a', sha256: '0'.repeat(64) }] })
        expect(parsed.success ? '' : String(parsed.error), where).toBe('')
        previous = read
      }
      outcomes.read++
    } catch (error) {
      if (!isSextantError(error)) throw new Error(`${where}: ${String(error)}`, { cause: error })
      outcomes.refused++
    }
    expect(performance.now() - begun, where).toBeLessThan(SLOWEST_MS)
  }
  expect(outcomes.read).toBeGreaterThan(MUTANTS / 2)
  expect(outcomes.unclaimed + outcomes.refused).toBeGreaterThan(0)
})
