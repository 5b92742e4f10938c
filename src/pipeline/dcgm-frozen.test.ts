/** `dcgm_frozen_v1`: the field's own example loads, what it forbids is refused with the reason, and what is written reads back equal. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { dcgmFrozenSchema } from '#formats/dcgm-frozen.ts'
import { listShared, sharedDataAbsent } from '../../tests/support/shared-data.ts'
import { loadDcgmFrozen, parseDcgmFrozen, renderDcgmFrozen } from './dcgm-frozen.ts'

const least = {
  hw_key: 'b200_sm100',
  n_gpus: 8,
  sweep_start_utc: '2026-01-01T00:00:00Z',
  sweep_end_utc: '2026-01-01T00:23:00Z',
  resources: [{ peak_key: 'hbm3e_tbps', metric: 'DCGM_FI_PROF_DRAM_ACTIVE', unit: 'ratio', measured_avg: 0.155, promql: 'avg(x)' }],
}

test('the field’s example loads', (context) => {
  const [path] = listShared('peer-configs').filter((each) => each.includes('dcgm-frozen'))
  if (path === undefined) return context.skip(sharedDataAbsent)
  const frozen = loadDcgmFrozen(path)
  expect(frozen).toMatchObject({ hw_key: 'b200_sm100', n_gpus: 8, data_tier: 'prof', scrape_interval_s: 30, power_watts_per_gpu: 850 })
  expect(frozen.resources.map(({ peak_key, unit, measured_avg }) => [peak_key, unit, measured_avg])).toEqual([
    ['hbm3e_tbps', 'ratio', 0.155],
    ['nvfp4_dense_pflops', 'ratio', 0.018],
    ['nvlink5_tbps', 'bytes_per_s', 4e8],
  ])
  expect(parseDcgmFrozen(renderDcgmFrozen(frozen), 'again')).toEqual(frozen)
})

test('optional keys have the field’s defaults; nothing else is filled in', () => {
  const frozen = parseDcgmFrozen(stringify(least), 'x')
  expect(frozen).toEqual({ ...least, schema_version: 1, data_tier: 'prof', scrape_interval_s: 30 })
})

const refusals: readonly (readonly [string, object, RegExp])[] = [
  ['a missing key', { hw_key: undefined }, /hw_key/],
  ['no resources', { resources: [] }, /resources/],
  ['a window that ends before it begins', { sweep_end_utc: '2025-12-31T23:00:00Z' }, /ends before/],
  ['a window of no length', { sweep_end_utc: '2026-01-01T00:00:00Z' }, /ends before/],
  ['a time without a zone', { sweep_start_utc: '2026-01-01T00:00:00' }, /sweep_start_utc/],
  ['another unit', { resources: [{ ...least.resources[0], unit: 'bytes_per_scrape' }] }, /unit/],
  ['a percentage as a ratio', { resources: [{ ...least.resources[0], measured_avg: 15.5 }] }, /divided by 100/],
  ['a misspelled key', { power_watt_per_gpu: 1 }, /power_watt_per_gpu/],
]
for (const [what, change, message] of refusals) {
  test(`refused with its reason: ${what}`, () => {
    expect(() => parseDcgmFrozen(stringify({ ...least, ...change }), 'x')).toThrow(message)
  })
}

test('text that is not YAML is refused, never a crash', () => {
  for (const text of ['a: [', '\t- x', '', 'null', '[]', '&a [*a]', '"just text"'])
    expect(() => parseDcgmFrozen(text, 'x'), text).toThrow(/x is /)
})

test('what is written reads back equal', () => {
  const words = fc.string({ minLength: 1, maxLength: 20 })
  const frozen = fc.record(
    {
      schema_version: fc.constant(1 as const),
      hw_key: words,
      n_gpus: fc.integer({ min: 1, max: 1e6 }),
      sweep_start_utc: fc.constant('2026-01-01T00:00:00Z'),
      sweep_end_utc: fc.constant('2026-01-01T00:23:00.5+02:00'.replace('+02:00', 'Z')),
      data_tier: fc.constantFrom('prof' as const, 'counter' as const),
      scrape_interval_s: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      resources: fc.array(
        fc.record({
          peak_key: words,
          metric: words,
          unit: fc.constant('ratio' as const),
          measured_avg: fc.double({ min: 0, max: 1, noNaN: true }),
          promql: fc.string(),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      notes: fc.string(),
      nodes: fc.array(fc.string()),
    },
    {
      requiredKeys: [
        'schema_version',
        'hw_key',
        'n_gpus',
        'sweep_start_utc',
        'sweep_end_utc',
        'data_tier',
        'scrape_interval_s',
        'resources',
      ],
    },
  )
  fc.assert(
    fc.property(frozen, (value) => {
      const known = dcgmFrozenSchema.parse(value)
      expect(parseDcgmFrozen(renderDcgmFrozen(known), 'x')).toEqual(known)
    }),
    { seed: 3, numRuns: 200 },
  )
})
