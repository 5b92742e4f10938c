import { expect, test } from 'vitest'
import { loadCampaign } from '#pipeline/campaign/load-campaign.ts'
import { loadDeviceNames } from '#pipeline/ceilings.ts'
import { usdPerGpuHour, usdPerMillion } from './gpu-rates.ts'
import { tokensPerMinute } from './tokens-per-minute.ts'

const names = loadDeviceNames('configs')

test('trap H21: a rate of its own for every hardware, what is paid before it, none where none is known', () => {
  expect(
    ['H100', 'h100_sxm', 'H200', 'B200', 'GB300', 'a100_80gb_sxm4', undefined].map((each) => usdPerGpuHour(each, names, undefined)),
  ).toEqual([6.16, 6.16, 6.31, 8.6, 12, undefined, undefined])
  expect(usdPerGpuHour('H100', names, 2)).toBe(2)
  // 6.16 USD for 1000 tokens/s · 3600 s = 3.6 million tokens.
  expect(usdPerMillion(6.16, 1000)).toBeCloseTo(6.16 / 3.6, 12)
  expect(usdPerMillion(6.16, 0)).toBeUndefined()
})

test('trap H20: tokens per second over watts are tokens per joule; watts of a window belong to no single point of several', () => {
  const campaign = loadCampaign('examples/campaign')
  expect(tokensPerMinute(campaign, names).filter(({ output_tokens_per_joule: each }) => each !== undefined)).toEqual([])
  const cells = campaign.cells.filter(({ id }) => id === 'tp8').map((cell) => ({ ...cell, points: cell.points.slice(0, 1) }))
  const [row] = tokensPerMinute({ ...campaign, cells }, names)
  expect(row?.output_tokens_per_joule).toBeCloseTo((row?.output_tpm ?? 0) / 60 / 8 / 742, 12)
})

test('within the SLA only where both TTFT and TPOT are known', () => {
  const rows = tokensPerMinute(loadCampaign('examples/campaign'), names)
  expect(rows.filter(({ cell_id }) => cell_id === 'tp8-old-client').map(({ operating_point }) => operating_point)).toEqual(['peak'])
  expect(rows.find(({ cell_id, operating_point }) => cell_id === 'tp8-mtp' && operating_point === 'sla')?.concurrency).toBe(32)
})
