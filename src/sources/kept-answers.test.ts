import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openKeptAnswers } from './kept-answers.ts'

const folder = mkdtempSync(join(tmpdir(), 'sextant-kept-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const answer = (result: unknown, more: object = {}) =>
  JSON.stringify({ status: 'success', data: { resultType: 'matrix', result }, ...more })
const NAME = 'DCGM_FI_PROF_DRAM_ACTIVE'
const keep = (text: string) => writeFileSync(join(folder, `${NAME}.json`), text)
const ask = () => openKeptAnswers(folder).rawSamples(`${NAME}{UUID="a"}`, 1_000_000, 2_000_000)

test('samples after the start and up to the end, values of every kind', async () => {
  const values = [
    [1000, '0.1'],
    [1000.001, '0.2'],
    [1500.5, 'NaN'],
    [1600, '+Inf'],
    [2000, '1e3'],
    [2000.001, '5'],
  ]
  keep(answer([{ metric: { __name__: NAME, UUID: 'a' }, values }], { warnings: ['partial'], infos: ['a hint'] }))
  const { series, warnings } = await ask()
  expect(series).toEqual([
    {
      labels: { UUID: 'a' },
      timesMs: Float64Array.of(1_000_001, 1_500_500, 1_600_000, 2_000_000),
      values: Float64Array.of(0.2, Number.NaN, Infinity, 1000),
    },
  ])
  expect(warnings).toEqual(['partial', 'a hint'])
})

test('a metric without a file is absent', async () => {
  expect((await openKeptAnswers(folder).rawSamples('DCGM_FI_DEV_POWER_USAGE', 0, 1)).series).toEqual([])
})

for (const [what, text, code, says] of [
  ['a login page', '<html>Sign in</html>', 'broken_response', /web page/],
  ['a cut answer', answer([{ metric: {}, values: [[1, '1']] }]).slice(0, 60), 'broken_response', /whole JSON/],
  ['an error of the server', '{"status":"error","errorType":"bad_data","error":"parse error"}', 'query_refused', /parse error/],
  ['a vector', '{"status":"success","data":{"resultType":"vector","result":[]}}', 'broken_response', /without its range/],
  [
    'samples out of order',
    answer([
      {
        metric: {},
        values: [
          [2, '1'],
          [1, '1'],
        ],
      },
    ]),
    'broken_response',
    /not later/,
  ],
  ['a number as value', answer([{ metric: {}, values: [[2, 1]] }]), 'broken_response', /not \[seconds/],
  ['text as value', answer([{ metric: {}, values: [[2, 'x']] }]), 'broken_response', /no number/],
  ['a list', '[]', 'broken_response', /no object/],
] as const) {
  test(`refused with its reason: ${what}`, async () => {
    keep(text)
    await expect(ask()).rejects.toMatchObject({ code, message: expect.stringMatching(says) })
  })
}

test('a folder that is none is an error of its own', () => {
  expect(() => openKeptAnswers(join(folder, 'absent'))).toThrow(/no such file/)
})
