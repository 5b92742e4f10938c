/** Families without a schema of their own: a single value, or every number of a document in one direction. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runInProcess } from './support/in-process.ts'

const root = mkdtempSync(join(tmpdir(), 'sextant-families-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function sextant(...args: string[]): Promise<{ readonly status: number; readonly output: Record<string, unknown> }> {
  const run = await runInProcess([...args, '--json'], { cwd: root })
  return { status: run.status, output: JSON.parse(run.stdout) as Record<string, unknown> }
}

function write(name: string, value: unknown): string {
  writeFileSync(join(root, name), JSON.stringify(value))
  return name
}

test('a single value has a direction, or is refused; it is its own headline', async () => {
  const source = write('gemm.json', { value: 3 })
  const record = ['baseline', 'record', source, '--family', 'kernels', '--measurement', 'gemm', '--unit', 'ms', '--value', '3']
  expect((await sextant(...record)).output).toMatchObject({ error: { code: 'usage', hint: expect.stringMatching(/--direction/) } })
  expect((await sextant(...record, '--direction', 'lower-is-better')).output).toMatchObject({ state: 'recorded', value: 3 })
  const diff = (value: number) =>
    sextant('baseline', 'diff', '--baseline', 'kernels/gemm', '--current', write('now.json', { duration_ms: value }), '--no-write')
  expect(await diff(3.4)).toMatchObject({
    status: 1,
    output: { classic: { verdict: 'RED', headlineExceeds: true }, context: { differences: [] } },
  })
  expect(await diff(3.1)).toMatchObject({ status: 0, output: { classic: { verdict: 'GREEN' } } })
  expect((await diff(2)).output).toMatchObject({ classic: { verdict: 'GREEN' }, rows: [{ classic: 'improved' }] })
})

test('every number of a document is compared by its path; what one side lacks is told', async () => {
  const record = [
    'baseline',
    'record',
    write('lake.json', { a: { rate: 10 }, b: [1, 2] }),
    '--family',
    'lake',
    '--measurement',
    'scan',
    '--direction',
    'two-sided',
  ]
  expect((await sextant(...record)).status).toBe(0)
  const { output } = await sextant(
    'baseline',
    'diff',
    '--baseline',
    'lake/scan',
    '--current',
    write('next.json', { a: { rate: 11 }, c: 1 }),
    '--no-write',
  )
  expect(output['rows']).toMatchObject([
    { id: 'a.rate', classic: 'exceeds', worse: 'either' },
    { id: 'b.0', state: 'NULL_LEGACY_BASELINE' },
    { id: 'b.1', state: 'NULL_LEGACY_BASELINE' },
    { id: 'c', state: 'NULL_LEGACY_BASELINE' },
  ])
  expect((await sextant('baseline', 'diff', '--baseline', 'lake/absent', '--current', 'next.json')).output).toMatchObject({
    error: { code: 'file_not_found', hint: expect.stringMatching(/Registered are: .*lake\/scan/) },
  })
})
