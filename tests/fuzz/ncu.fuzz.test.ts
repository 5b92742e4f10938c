/** Damaged reports and pages of Nsight Compute: an operational error or a result with its losses, never a crash, a hang or a lie. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compileFamilies } from '#analysis/families.ts'
import { summarizeCounters } from '#analysis/kernel-counters/summarize.ts'
import { isSextantError } from '#base/errors.ts'
import { ncuSummarySchema } from '#formats/ncu-summary.ts'
import type { KernelCounters } from '#model/kernel-counters.ts'
import { defaultReadLimits, type Reader } from '#model/reader.ts'
import { openProbe, openSource } from '#platform/access.ts'
import { ncuCsvReader } from '#readers/ncu/csv-reader.ts'
import { ncuReportReader } from '#readers/ncu/report-reader.ts'
import { listShared, sharedDataAbsent } from '../support/shared-data.ts'
import { MAX_MS, MAX_RSS_BYTES, mutants, sayFuzz, seed } from './fuzz-run.ts'
import { byteMutators, type Mutator, mutate, type Random, seededRandom } from './mutate.ts'

/** Every how many mutants the whole answer is computed and checked against its schema: that costs more than the reading. */
const ANSWER_EVERY = 20

/** What closed handles hold is freed when the event loop turns, and nothing in reading waits for it: 100,000 mutants kept 1 GB. */
const TURN_EVERY = 200

/** The largest of the reports is mostly source counters: the others are as varied and read ten times as fast. */
const reports = listShared('ncu-rep').filter((path) => !path.includes('unopt_code'))
const pages = listShared('ncu-csv')
const rules = compileFamilies({ schema: 'kernel-families/1', rules: [] })

/** Offsets at which a report frames something: sizes and tags are what a reader trusts. */
const lengthPrefix: Mutator = {
  name: 'set a length',
  apply(bytes: Uint8Array, random: Random) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (bytes.length < 16) return bytes
    // The file header's size, the first block's, or any four bytes.
    const at = random.pick([4, 10, random.below(bytes.length - 4)])
    view.setUint32(at, random.pick([0, 1, 0x7fffffff, 0xffffffff, bytes.length, random.below(1 << 16)]), true)
    return bytes
  },
}

function expectSound(counters: KernelCounters, where: string): void {
  const { results, valueStart, valueMetric, value, metrics, valueText, texts } = counters
  expect(valueStart.length, where).toBe(results.length + 1)
  expect(valueStart.at(-1), where).toBe(value.length)
  expect(valueMetric.length, where).toBe(value.length)
  let before = 0
  for (const start of valueStart) {
    if (start < before) throw new Error(`${where}: starts fall`)
    before = start
  }
  for (const metric of valueMetric) if (metric >= metrics.length) throw new Error(`${where}: a metric without a name`)
  for (const text of valueText ?? []) if (text >= texts.length) throw new Error(`${where}: a text that is not there`)
  for (const { durationNs } of results)
    if (durationNs !== undefined && !(durationNs > 0)) throw new Error(`${where}: a duration of ${durationNs}`)
}

function suite(reader: Reader, paths: readonly string[], mutators: readonly Mutator[], zipped: boolean): void {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), `sextant-${reader.kind}-fuzz-`))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test(`${mutants} mutants of ${reader.kind}, seed ${seed}`, { timeout: 3_600_000 }, async () => {
    const random = seededRandom(seed)
    const pristine = paths.map((path) => [basename(path), new Uint8Array(readFileSync(path))] as const)
    const extra = zipped ? pristine.slice(0, 1).map(([name, bytes]) => [`${name}.gz`, new Uint8Array(gzipSync(bytes))] as const) : []
    const outcomes = { read: 0, refused: 0 }
    let slowestMs = 0
    for (let number = 0; number < mutants; number++) {
      if (number % TURN_EVERY === 0) await new Promise((done) => setImmediate(done))
      const [name, bytes] = random.pick([...pristine, ...extra])
      const path = join(folder, name)
      const mutant = mutate(bytes, random, mutators)
      writeFileSync(path, mutant.bytes)
      const where = `mutant ${number} of ${name} (${mutant.what}), seed ${seed}`
      const begun = performance.now()
      try {
        const probe = openProbe(path)
        reader.detect(probe)
        probe.close()
        const { capture, losses } = await reader.read(openSource(path), { needs: new Set(), limits: defaultReadLimits })
        if (capture.kernelCounters === undefined) throw new Error(`${where}: no counters`)
        expectSound(capture.kernelCounters, where)
        if (number % ANSWER_EVERY === 0)
          ncuSummarySchema.omit({ sources: true }).parse(JSON.parse(JSON.stringify(summarizeCounters(capture, losses, rules))))
        outcomes.read++
      } catch (error) {
        if (!isSextantError(error)) throw new Error(`${where}: ${String(error)}`, { cause: error })
        outcomes.refused++
      }
      const tookMs = performance.now() - begun
      slowestMs = Math.max(slowestMs, tookMs)
      expect(tookMs, where).toBeLessThan(MAX_MS)
    }
    expect(sayFuzz(reader.kind, mutants, slowestMs, outcomes)).toBeLessThan(MAX_RSS_BYTES)
    // About half are read, by chance a little more or less.
    expect(outcomes.read).toBeGreaterThan(mutants / 3)
    expect(outcomes.refused).toBeGreaterThan(0)
  })
}

describe.skipIf(reports.length === 0)(reports.length === 0 ? sharedDataAbsent : 'reports', () => {
  suite(ncuReportReader, reports, [...byteMutators, lengthPrefix], false)
})

describe.skipIf(pages.length === 0)(pages.length === 0 ? sharedDataAbsent : 'pages', () => {
  suite(ncuCsvReader, pages, byteMutators, true)
})
