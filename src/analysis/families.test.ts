import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { classifyKernel, classifyKernelName, communicationNames, compileFamilies } from '#analysis/families.ts'
import { sweepDevice } from '#analysis/sweep.ts'
import { prepareSweep } from '#analysis/sweep-input.ts'
import { timeClasses } from '#analysis/time-classes.ts'
import { kernelFamilies } from '#formats/kernel-families.ts'
import { timelineFromText } from '#model/from-text.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const file = kernelFamilies.parse(parse(readFileSync(join(root, 'configs/kernel-families.yaml'), 'utf8')))
const families = compileFamilies(file)
const corpus = parse(readFileSync(join(root, 'tests/fixtures/kernel-names.yaml'), 'utf8')) as Record<string, string[]>

test('the rules cover the catalogue', () => {
  expect(file.rules.length).toBeGreaterThanOrEqual(76)
  expect(file.rules.flatMap(({ patterns }) => patterns).length).toBeGreaterThanOrEqual(214)
  expect(Object.values(corpus).flat().length).toBeGreaterThanOrEqual(72)
})

test('trap E21: kernels of every engine are classified, and what is not known stays unknown', () => {
  for (const [family, names] of Object.entries(corpus)) {
    for (const name of names) {
      const answer = classifyKernel(name, families)
      expect([name, answer.family ?? 'unknown', answer.family === undefined ? answer.ruleIds : []]).toEqual([name, family, []])
    }
  }
})

test('the order of the rules does not matter', () => {
  const reversed = compileFamilies({ ...file, rules: file.rules.toReversed() })
  for (const name of Object.values(corpus).flat()) expect(classifyKernel(name, reversed)).toEqual(classifyKernel(name, families))
})

test('every yieldsTo and overrides names a rule', () => {
  const ids = new Set(['*', ...file.rules.map(({ id }) => id)])
  for (const { yieldsTo = [], overrides = [] } of file.rules) for (const id of [...yieldsTo, ...overrides]) expect(ids).toContain(id)
})

describe('two rules for one name', () => {
  const rule = { role: 'gemm' as const, source: 'test' }
  const a = { ...rule, id: 'a', family: 'fa', patterns: ['foo'] }
  const b = { ...rule, id: 'b', family: 'fb', patterns: ['foobar'] }
  const compiled = (rules: (typeof a)[]) => compileFamilies({ schema: 'kernel-families/1', rules })
  test('are an ambiguity that names both', () => {
    expect(classifyKernel('foobar', compiled([a, b]))).toEqual({ family: undefined, ruleIds: ['a', 'b'] })
  })
  test('unless one says that it stands back', () => {
    expect(classifyKernel('foobar', compiled([{ ...a, yieldsTo: ['b'] } as typeof a, b]))).toMatchObject({ ruleId: 'b' })
    expect(classifyKernel('foobar', compiled([{ ...a, overrides: ['*'] } as typeof a, b]))).toMatchObject({ ruleId: 'a' })
  })
  test('a duplicate id is a bug in the file', () => {
    expect(() => compiled([a, a])).toThrow('twice')
  })
})

test('a short name answers where the full one says nothing', () => {
  expect(classifyKernelName({ name: '_Z1x', shortName: 'reshape_and_cache_flash_kernel' }, families).family).toBe('kv-write')
})

test('trap A5: all-gather and reduce-scatter alone are communication', () => {
  const timeline = timelineFromText('kernels stream=1 : A---..B--\nkernels stream=2 : ...A-----', {
    names: { A: 'ncclDevKernel_AllGather_RING_LL(ncclDevKernelArgsStorage<4096ul>)', B: 'ncclDevKernel_ReduceScatter_Sum_bf16_RING_LL(x)' },
  })
  const sweep = sweepDevice(prepareSweep(timeline, communicationNames(timeline.kernelNames, families)), 0)
  expect(sweep?.byTimeClassNs[timeClasses.indexOf('communication-exposed')]).toBe(9)
})
