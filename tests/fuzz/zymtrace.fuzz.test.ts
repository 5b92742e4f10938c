/** Damaged zymtrace tables, declarations and responses: an operational error or whole numbers of samples, never a crash or a hang. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isSextantError } from '#base/errors.ts'
import { defaultReadLimits } from '#model/reader.ts'
import { openProbe, openSource } from '#platform/access.ts'
import { zymtraceReader } from '#readers/zymtrace/reader.ts'
import { tables, writeBundle } from '../support/zymtrace-bundle.ts'
import { MAX_MS, MAX_RSS_BYTES, mutants, sayFuzz, seed } from './fuzz-run.ts'
import { mutate, seededRandom } from './mutate.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-zymtrace-fuzz-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const response = JSON.stringify({
  meta: [
    { name: 'kernel', type: 'String' },
    { name: 'samples', type: 'UInt64' },
  ],
  data: [
    { event_kind: 'cuda', kernel: 'flash_fwd_kernel', samples: '1500' },
    { event_kind: 'on_cpu', py_file: 'shm_broadcast.py', function: 'wait', samples: 12 },
    ['x', 3],
  ],
})

test(`${mutants} mutants, seed ${seed}`, { timeout: 1_800_000 }, async () => {
  const random = seededRandom(seed)
  const bundle = writeBundle(join(folder, 'bundle'))
  const lone = join(folder, 'response.json')
  mkdirSync(join(folder, 'bundle', 'zymtrace'), { recursive: true })
  const encoder = new TextEncoder()
  const originals = [
    ...Object.entries(tables).map(([name, text]) => ({ path: join(bundle, 'zymtrace', name), text, target: bundle })),
    { path: join(bundle, 'capture_sources.json'), text: '{"captured_sources":["zymtrace"]}', target: bundle },
    { path: lone, text: response, target: lone },
  ]
  const outcomes = { read: 0, refused: 0 }
  let slowestMs = 0
  for (let number = 0; number < mutants; number++) {
    const { path, text, target } = random.pick(originals)
    writeFileSync(path, mutate(encoder.encode(text), random).bytes)
    const begun = performance.now()
    try {
      const probe = openProbe(target)
      zymtraceReader.detect(probe)
      probe.close()
      const { capture } = await zymtraceReader.read(openSource(target), { needs: new Set(), limits: defaultReadLimits })
      for (const { name, samples } of capture.shares?.gpuFrames ?? []) {
        expect(name, `mutant ${number}, seed ${seed}`).not.toBe('')
        expect(Number.isSafeInteger(samples) && samples >= 0, `mutant ${number}, seed ${seed}`).toBe(true)
      }
      outcomes.read++
    } catch (error) {
      if (!isSextantError(error)) throw new Error(`mutant ${number} of ${path}, seed ${seed}: ${String(error)}`, { cause: error })
      outcomes.refused++
    }
    slowestMs = Math.max(slowestMs, performance.now() - begun)
    writeFileSync(path, text)
  }
  expect(sayFuzz('zymtrace', mutants, slowestMs, outcomes)).toBeLessThan(MAX_RSS_BYTES)
  expect(slowestMs).toBeLessThan(MAX_MS)
  expect(outcomes.read).toBeGreaterThan(mutants / 20)
  expect(outcomes.refused).toBeGreaterThan(mutants / 20)
})
