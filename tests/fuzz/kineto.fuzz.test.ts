/**
 * Damaged traces: each gives rows with counted losses, or a SextantError with a hint; never a crash, never more than 5 s.
 * Where the mutant is still JSON, JSON.parse is the oracle for the kernels. SEXTANT_SLOW=1 tries 100,000; SEXTANT_SEED chooses others.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { isSextantError } from '#base/errors.ts'
import type { ReadResult } from '#model/reader.ts'
import type { Timeline } from '#model/timeline.ts'
import { kernelEvent, readTraceBytes, readTraceFile, type TestEvent, traceText } from '../support/kineto-trace.ts'
import { listShared } from '../support/shared-data.ts'
import { MAX_MS, MAX_RSS_BYTES, mutants, sayFuzz, seed } from './fuzz-run.ts'
import { jsonMutators } from './kineto-mutators.ts'
import { byteMutators, mutate, seededRandom } from './mutate.ts'

const slow = process.env['SEXTANT_SLOW'] === '1'

function corpus(): Buffer[] {
  const events = Array.from({ length: 12 }, (_, index) =>
    kernelEvent(
      `17121954954067${50 + index}.${100 + index}`,
      `${index}.5`,
      { 'graph node id': index, grid: [1, 1, 1], block: [32, 1, 1] },
      { name: `k${index % 3}\\u0041` },
    ),
  )
  const host =
    '{"ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "pid": 1, "tid": 2, "ts": 1712195495406745, "dur": 2, "args": {"correlation": 1}}'
  const text = Buffer.from(
    traceText([host, ...events, host], '"schemaVersion": 1, "distributedInfo": {"rank": 1}', '"baseTimeNanoseconds": 0'),
  )
  const real = listShared('kineto')
    .filter(
      (path) => /before_fix|inference_rank|trace\.json\.gz$/.test(path) && !/rank-|gpu_only|eager|benchmark|worker|step_based/.test(path),
    )
    .map((path) => (path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)))
  const members = Buffer.concat([gzipSync(text.subarray(0, 900)), gzipSync(text.subarray(900))])
  return [text, Buffer.from(`[${events.join(',')}]`), ...real, gzipSync(text), members]
}

function checkRows(timeline: Timeline): void {
  for (const table of [timeline.kernels, timeline.memcpys, timeline.memsets]) {
    for (let row = 0; row < table.length; row++) {
      const sound =
        Number.isFinite(table.startNs[row]) && (table.durationNs[row] ?? -1) >= 0 && timeline.lanes[table.lane[row] ?? -1] !== undefined
      if (!sound) throw new Error(`row ${row} is not sound`)
    }
    expect([table.startNs.length, table.durationNs.length, table.lane.length]).toEqual([table.length, table.length, table.length])
  }
  for (const lane of timeline.lanes)
    if (!timeline.devices[lane.device] || !timeline.processes[lane.process]) throw new Error('lane without owner')
  for (const name of timeline.kernels.name) if (timeline.kernelNames[name] === undefined) throw new Error('kernel without name')
  const { hostCalls, ranges } = timeline
  for (const thread of [...(hostCalls?.thread ?? []), ...(ranges?.thread ?? [])])
    if (!timeline.threads[thread]) throw new Error('row without thread')
}

/** Kernels by JSON.parse; undefined where the mutant is no plain JSON trace of the expected shape. */
function oracle(bytes: Buffer): number | undefined {
  const text = bytes.toString('utf8')
  if (text.split('"traceEvents"').length > 2) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const rows: unknown = Array.isArray(value) ? value : (value as { traceEvents?: unknown } | null)?.traceEvents
  if (!Array.isArray(rows) || !rows.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row))) return undefined
  const kernels = (rows as TestEvent[]).filter(
    (row) => typeof row['ph'] === 'string' && row['ph'].startsWith('X') && /^kernel$/i.test(String(row['cat'])),
  )
  const isPlain = (row: TestEvent) => typeof row['ts'] === 'number' && Math.abs(row['ts']) < 9e15 && typeof row['cat'] === 'string'
  return kernels.every(isPlain) ? kernels.length : undefined
}

function compare(result: ReadResult, bytes: Buffer): boolean {
  const expected = oracle(bytes)
  if (expected === undefined) return false
  const lost = (code: string) => result.losses.find((loss) => loss.code === code)?.count ?? 0
  if (lost('rows-out-of-range') + lost('malformed-events') > 0) return false
  const kernels = result.capture.timeline?.kernels.length ?? 0
  const atMost = kernels + lost('rows-without-device')
  if (expected < kernels || expected > atMost) throw new Error(`oracle ${expected}, ours ${kernels} to ${atMost}`)
  return true
}

test(
  `${mutants} damaged traces (seed ${seed})`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kineto-fuzz-'))
    const tally = { read: 0, refused: 0, withLosses: 0, compared: 0, slowestMs: 0 }
    try {
      const random = seededRandom(seed)
      const originals = corpus()
      const path = join(folder, 'mutant')
      for (let index = 0; index < mutants; index++) {
        const original = random.pick(originals)
        const isGzip = original[0] === 0x1f
        const mutant = mutate(new Uint8Array(original), random, isGzip ? byteMutators : jsonMutators)
        writeFileSync(path, mutant.bytes)
        const began = performance.now()
        try {
          const result = await readTraceFile(path)
          tally.read += 1
          if (result.losses.length > 0) tally.withLosses += 1
          if (result.capture.timeline !== undefined) checkRows(result.capture.timeline)
          if (!isGzip && compare(result, Buffer.from(mutant.bytes))) tally.compared += 1
        } catch (error) {
          if (!isSextantError(error) || error.hint.length < 10)
            throw new Error(`mutant ${index} (seed ${seed}): ${mutant.what}`, { cause: error })
          tally.refused += 1
        }
        tally.slowestMs = Math.max(tally.slowestMs, performance.now() - began)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    const { slowestMs, ...counts } = tally
    const peakBytes = sayFuzz('kineto', mutants, slowestMs, counts)
    expect(slowestMs).toBeLessThan(MAX_MS)
    expect(peakBytes).toBeLessThan(MAX_RSS_BYTES)
    expect(tally.read).toBeGreaterThan(mutants / 2)
    expect(tally.withLosses).toBeGreaterThan(mutants / 10)
    expect(tally.compared).toBeGreaterThan(mutants / 50)
  },
  slow ? 3_600_000 : 60_000,
)

test('a gzip bomb stops at the limit', async () => {
  const bomb = gzipSync(Buffer.concat([Buffer.from('{"traceEvents": ['), Buffer.alloc(64 * 1024 * 1024, 32)]))
  expect(bomb.length).toBeLessThan(100_000)
  await expect(readTraceBytes(bomb, { limits: { maxDecompressedBytes: 8 * 1024 * 1024 } })).rejects.toMatchObject({
    code: 'limit_exceeded',
  })
})

test('a truncated gzip gives what it holds, and says so', async () => {
  const events = Array.from({ length: 5000 }, (_, index) => kernelEvent(index, 0.5, { correlation: index * 7919 }))
  const packed = gzipSync(traceText(events))
  const { capture, losses } = await readTraceBytes(packed.subarray(0, packed.length >> 1))
  const kernels = capture.timeline?.kernels.length ?? 0
  expect(kernels).toBeGreaterThan(1500)
  expect(kernels).toBeLessThan(4000)
  expect(losses.map((loss) => loss.code)).toContain('truncated-trace')
})

test('several gzip members are one trace', async () => {
  const text = Buffer.from(traceText(Array.from({ length: 100 }, (_, index) => kernelEvent(index, 0.5))))
  const { capture, losses } = await readTraceBytes(Buffer.concat([gzipSync(text.subarray(0, 5000)), gzipSync(text.subarray(5000))]))
  expect([capture.timeline?.kernels.length, losses]).toEqual([100, []])
})

test('a nesting bomb, an endless string and an endless event end soon', async () => {
  const kernel = kernelEvent(1, 1)
  const bombs = [
    `{"traceEvents": [${kernel}, {"ph": "X", "args": ${'['.repeat(3_000_000)}`,
    `{"traceEvents": [${kernel}, ${'{"a": [1, '.repeat(500_000)}`,
    `{"traceEvents": [${kernel}, {"ph": "X", "name": "${'x'.repeat(20_000_000)}`,
    `{"traceEvents": [${kernel}, ${'{"'.repeat(3_000_000)}`,
    `{"junk": ${'{"a":'.repeat(1_000_000)}`,
    `{"traceEvents": [${kernel}, ${'{"ph": "X", "args": {"a": ['.repeat(300_000)}`,
  ]
  for (const bomb of bombs) {
    const began = performance.now()
    const outcome = await readTraceBytes(bomb).then(
      (result) => result.capture.timeline?.kernels.length,
      (error: unknown) => (isSextantError(error) ? error.code : error),
    )
    expect(performance.now() - began).toBeLessThan(MAX_MS)
    expect([1, 'truncated_file', 'corrupt_file']).toContain(outcome)
  }
})

test('bytes behind the gzip stream cost nothing of the trace, and damage inside it only what follows', async () => {
  const text = Buffer.from(traceText(Array.from({ length: 4000 }, (_, index) => kernelEvent(index, 0.5, { correlation: index * 7919 }))))
  const packed = gzipSync(text)
  const whole = await readTraceBytes(Buffer.concat([packed, Buffer.from('no gzip at all')]))
  expect([whole.capture.timeline?.kernels.length, whole.losses.map((loss) => loss.code)]).toEqual([4000, ['bytes-behind-gzip']])
  const cut = await readTraceBytes(packed.subarray(0, packed.length >> 1))
  const damaged = await readTraceBytes(Buffer.concat([packed.subarray(0, packed.length >> 1), Buffer.alloc(1000, 0xff)]))
  const [kept, expected] = [damaged, cut].map((result) => result.capture.timeline?.kernels.length ?? 0)
  expect(expected).toBeGreaterThan(1000)
  expect(kept).toBeGreaterThanOrEqual((expected ?? 0) - 10)
  expect(damaged.losses.map((loss) => loss.code)).toContain('damaged-gzip')
})
