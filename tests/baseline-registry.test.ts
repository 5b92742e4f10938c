/** The registry with real processes: two writers at once, and a writer that is killed at every step. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { perfbenchText } from '../src/formats/inference-perfbench.ts'
import { listEntries, verifiedSnapshot } from '../src/store/baselines/entries.ts'
import { isoOf, segment, stampOf, stampOrder } from '../src/store/baselines/layout.ts'
import { type RecordStep, recordBaseline, registeredTime } from '../src/store/baselines/record.ts'
import { checkoutRoot } from './support/checkout.ts'
import { documentOf } from './support/gate.ts'

let folder = ''
let child = ''
let source = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-registry-'))
  child = join(folder, 'record-child.mjs')
  buildSync({
    absWorkingDir: checkoutRoot,
    entryPoints: ['tests/support/record-child.ts'],
    outfile: child,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    define: { SEXTANT_BUILD_ID: '"test"' },
    banner: { js: "import { createRequire as sextantRequire } from 'node:module'; const require = sextantRequire(import.meta.url);" },
  })
  source = join(folder, 'run.json')
  writeFileSync(source, perfbenchText(documentOf()))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function record(
  root: string,
  count: number,
  step?: string,
  killAfterMs?: number,
): Promise<{ readonly signal: string | null; readonly stderr: string }> {
  return new Promise((fulfil) => {
    const process_ = spawn(process.execPath, [child, root, source, String(count), ...(step === undefined ? [] : [step])])
    let stderr = ''
    process_.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    if (killAfterMs !== undefined) setTimeout(() => process_.kill('SIGKILL'), killAfterMs)
    process_.on('exit', (_, signal) => fulfil({ signal, stderr }))
  })
}

/** In this process, which lives. */
async function recordHere(root: string): Promise<void> {
  await recordBaseline({
    root,
    source,
    baseline: { family: 'inference', measurement: 'm-perfbench-v1', value: null, unit: 'structured-json', source_path: 'run.json' },
  })
}

/** Every visible entry is complete and its bytes are those registered; INDEX.md is a whole page. Returns how many there are. */
async function expectWhole(root: string): Promise<number> {
  const entries = listEntries(root)
  for (const { folder: entry, baseline } of entries) {
    expect(readdirSync(entry).sort()).toEqual(['SOURCE.md', 'baseline.json', 'source-snapshot.json'])
    expect(readFileSync(await verifiedSnapshot(entry, baseline))).toEqual(readFileSync(source))
    expect(statSync(join(entry, 'baseline.json')).mode & 0o222).toBe(0)
  }
  const index = join(root, 'INDEX.md')
  if (readdirSync(root).includes('INDEX.md')) expect(readFileSync(index, 'utf8')).toMatch(/^# Performance baselines\n[\s\S]*\|\n$/)
  return entries.length
}

function indexed(root: string): number {
  return readFileSync(join(root, 'INDEX.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| 2')).length
}

const steps = [
  'staging',
  'snapshot',
  'document',
  'locked',
  'baseline',
  'source-page',
  'folders',
  'published',
  'indexed',
] satisfies RecordStep[]

test('two writers at once lose nothing, and every entry is indexed once', async () => {
  const root = join(folder, 'two')
  const runs = await Promise.all([record(root, 4), record(root, 4)])
  expect(runs.map(({ signal, stderr }) => [signal, stderr])).toEqual([
    [null, ''],
    [null, ''],
  ])
  expect(await expectWhole(root)).toBe(8)
  expect(indexed(root)).toBe(8)
  expect(readdirSync(root).sort()).toEqual(['INDEX.md', 'inference'])
})

test('kill -9 at every step leaves a whole registry, and the next record makes good what was left undone', async () => {
  for (const step of steps) {
    const root = join(folder, `killed-${step}`)
    await recordHere(root)
    expect((await record(root, 1, step)).signal, step).toBe('SIGKILL')
    const visible = await expectWhole(root)
    expect(visible, step).toBe(step === 'published' || step === 'indexed' ? 2 : 1)
    // What the dead one left is old enough to be cleared, as it will be for whoever comes later.
    for (const name of readdirSync(root)) if (name.startsWith('.staging')) utimesSync(join(root, name), 0, 0)
    await recordHere(root)
    expect(await expectWhole(root), step).toBe(visible + 1)
    expect(indexed(root), step).toBe(visible + 1)
    expect(readdirSync(root).sort(), step).toEqual(['INDEX.md', 'inference'])
  }
}, 60_000)

test('a writer killed at any moment beside one that goes on leaves a whole registry', async () => {
  const root = join(folder, 'random')
  mkdirSync(root)
  const victims = [100, 150, 220].map((ms) => record(root, 50, undefined, ms))
  const survivor = await record(root, 4)
  await Promise.all(victims)
  expect([survivor.signal, survivor.stderr]).toEqual([null, ''])
  await recordHere(root)
  const entries = await expectWhole(root)
  expect(entries).toBeGreaterThanOrEqual(5)
  expect(indexed(root)).toBe(entries)
}, 60_000)

test('entries are immutable: the same bytes at the same time are the same entry, others are refused', async () => {
  const root = join(folder, 'immutable')
  const baseline = {
    family: 'inference',
    measurement: 'm',
    unit: 'ms',
    direction: 'lower-is-better' as const,
    value: 3,
    source_path: 'run.json',
  }
  const at = { root, source, baseline, registeredUs: registeredTime('2026-05-19T20:00:00.25Z') }
  const first = await recordBaseline(at)
  expect([first.isNew, first.stamp]).toEqual([true, '20260519T200000250000Z'])
  expect(await recordBaseline(at)).toEqual({ ...first, isNew: false })
  const other = join(folder, 'other.json')
  writeFileSync(other, '{}')
  await expect(recordBaseline({ ...at, source: other })).rejects.toMatchObject({ code: 'io_failed' })
  expect(readdirSync(root).sort()).toEqual(['INDEX.md', 'inference'])
  const entry = listEntries(root)[0]
  if (entry === undefined) throw new Error('no entry')
  rmSync(join(entry.folder, 'source-snapshot.json'))
  writeFileSync(join(entry.folder, 'source-snapshot.json'), 'tampered')
  await expect(verifiedSnapshot(entry.folder, entry.baseline)).rejects.toMatchObject({ code: 'corrupt_file' })
})

test('names cannot leave the registry; both spellings of a time are read', () => {
  for (const name of ['..', '.hidden', 'a/b', '', 'a\\b', 'x'.repeat(200)]) expect(() => segment('family', name), name).toThrow()
  expect(stampOrder('2026-05-19T20:00:00Z')).toBe(stampOrder('20260519T200000000000Z'))
  expect(stampOrder('notes')).toBeUndefined()
  expect(isoOf(stampOf(1_779_220_800_000_001n))).toBe('2026-05-19T20:00:00.000001Z')
  expect(() => registeredTime('yesterday')).toThrowError(expect.objectContaining({ code: 'usage' }))
  expect(() => registeredTime('2026-13-41T00:00:00Z')).toThrowError(expect.objectContaining({ code: 'usage' }))
})

test('markup of strangers is inert in INDEX.md and SOURCE.md', async () => {
  const root = join(folder, 'inert')
  await recordBaseline({
    root,
    source,
    baseline: {
      family: 'inference',
      measurement: 'm',
      unit: 'a|b',
      value: null,
      source_path: '`x`\n# heading',
      notes: '| <img src=x> |\n# two',
    },
  })
  const index = readFileSync(join(root, 'INDEX.md'), 'utf8')
  expect(index.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(3)
  expect(index).not.toMatch(/[^\\]</)
  const [entry] = listEntries(root)
  expect(
    readFileSync(join(entry?.folder ?? '', 'SOURCE.md'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('#')),
  ).toHaveLength(1)
})
