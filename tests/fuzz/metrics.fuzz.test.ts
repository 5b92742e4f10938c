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
import { MAX_MS, MAX_RSS_BYTES, mutants, sayFuzz, seed } from './fuzz-run.ts'
import { byteMutators, type Mutator, mutate, seededRandom } from './mutate.ts'

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

test(`${mutants} mutants of dumps, seed ${seed}`, { timeout: 3_600_000 }, async () => {
  const random = seededRandom(seed)
  const examples = ['before.prom', 'after.prom'].map((name) => join(checkoutRoot, 'examples/serving', name))
  const paths = [...listShared('metrics'), ...listShared('bench').filter((path) => path.endsWith('telemetry_export.jsonl')), ...examples]
  const pristine = paths.map((path) => [basename(path), new Uint8Array(readFileSync(path))] as const)
  const outcomes = { read: 0, refused: 0, unclaimed: 0 }
  let slowestMs = 0
  let previous: ReadResult | undefined
  for (let number = 0; number < mutants; number++) {
    const [name, bytes] = random.pick(pristine)
    const where = `mutant ${number} of ${name}, seed ${seed}`
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
    const tookMs = performance.now() - begun
    slowestMs = Math.max(slowestMs, tookMs)
    expect(tookMs, where).toBeLessThan(MAX_MS)
  }
  expect(sayFuzz('metrics', mutants, slowestMs, outcomes)).toBeLessThan(MAX_RSS_BYTES)
  expect(outcomes.read).toBeGreaterThan(mutants / 2)
  expect(outcomes.unclaimed + outcomes.refused).toBeGreaterThan(0)
})
