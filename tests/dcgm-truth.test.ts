/**
 * The whole way against real servers: a generated history of two nodes of eight GPUs, backfilled into Prometheus and VictoriaMetrics,
 * correlated through the HTTP client, and compared with the integrals of the signals that it was drawn from.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { drawHistory } from '../sim/dcgm/history.ts'
import { awkwardScenario, type DcgmScenario, plainScenario, steadyWindow } from '../sim/dcgm/scenario.ts'
import { type DcgmTruth, truthIn } from '../sim/dcgm/truth.ts'
import { utcText } from '../src/analysis/dcgm/utc.ts'
import { commandContext } from '../src/commands/framework/context.ts'
import type { DcgmCorrelation } from '../src/formats/dcgm-correlation.ts'
import { dcgmQuantity } from '../src/model/dcgm-fields.ts'
import { correlateWindow } from '../src/pipeline/dcgm/correlate-window.ts'
import type { CorrelationRequest } from '../src/pipeline/dcgm/request.ts'
import { renderDcgmFrozen } from '../src/pipeline/dcgm-frozen.ts'
import { writeWhole } from '../src/platform/files.ts'
import { checkoutRoot } from './support/checkout.ts'
import { prometheusAbsent, prometheusWith, victoriaAbsent, victoriaWith } from './support/prometheus-service.ts'

/** What must hold: figures within 0.5 % of the truth. */
const TOLERANCE = 0.005

const folder = mkdtempSync(join(tmpdir(), 'sextant-dcgm-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const context = commandContext({ cwd: checkoutRoot, env: {} })

function requestOf(url: string, truth: DcgmTruth, more: Partial<CorrelationRequest> = {}): CorrelationRequest {
  return {
    url,
    start: utcText(truth.startMs),
    end: utcText(truth.endMs),
    expectedGpus: truth.expectedGpus,
    ...more,
  }
}

/** The largest difference from the truth over GPUs and quantities, with where it is. */
function worst(correlation: DcgmCorrelation, truth: DcgmTruth): { ratio: number; where: string } {
  let found = { ratio: 0, where: 'none' }
  const look = (where: string, measured: number | undefined, expected: number | undefined): void => {
    if (expected === undefined || Math.abs(expected) < 1e-9) return
    const ratio = measured === undefined ? Number.POSITIVE_INFINITY : Math.abs(measured / expected - 1)
    if (ratio > found.ratio) found = { ratio, where }
  }
  const rows = new Map(correlation.measurement?.quantities.map(({ quantity, gpus }) => [quantity, gpus]) ?? [])
  for (const gpu of truth.gpus.filter(({ isBystander }) => !isBystander)) {
    for (const [quantity, values] of Object.entries(gpu.quantities)) {
      // Whole percents in every exporter before 4.9: no figure that is quoted.
      if (quantity === 'clock-event-reasons' || quantity === 'gpu-busy' || !rows.has(quantity)) continue
      const isPerInstance = gpu.instances.length > 0 && dcgmQuantity(quantity)?.level !== 'gpu'
      const of = (id: string) => rows.get(quantity)?.find((row) => row.gpu === id)?.mean
      if (!isPerInstance) look(`${quantity} of ${gpu.uuid}`, of(gpu.uuid), values.observedMean)
      else
        for (const { id, quantities } of gpu.instances)
          look(`${quantity} of ${gpu.uuid}/${id}`, of(`${gpu.uuid}/${id}`), quantities[quantity]?.observedMean)
    }
    look(`energy of ${gpu.uuid}`, rows.get('energy')?.find((row) => row.gpu === gpu.uuid)?.total, gpu.energyJ)
  }
  return found
}

const servers = [
  { server: 'Prometheus', absent: prometheusAbsent, start: prometheusWith },
  { server: 'VictoriaMetrics', absent: victoriaAbsent, start: victoriaWith },
] as const

/** A failure repeats; a proof draws another. */
const SEED = Number(process.env['SEXTANT_SEED'] ?? 31)

/** An hour of load; with `SEXTANT_SLOW=1` the generator's own two. */
const length: Partial<DcgmScenario> = process.env['SEXTANT_SLOW'] === '1' ? {} : { loadS: 3600 }

/** Each with another way to select the deployment: none of them may lose or gain a GPU. */
const scenarios: readonly { readonly title: string; readonly scenario: DcgmScenario; readonly select: Partial<CorrelationRequest> }[] = [
  { title: 'plain history of exporter 3.x', scenario: { ...plainScenario, ...length, seed: SEED, exporter: '3.x' }, select: {} },
  {
    title: 'everything at once, exporter 4.5, honor_labels, by labels of pods',
    scenario: { ...awkwardScenario, ...length, seed: SEED + 1 },
    select: { podLabelSelector: 'app in (vllm, other),role!=none' },
  },
  {
    title: 'everything at once, exporter 4.8, exported labels, by namespace and pods',
    scenario: { ...awkwardScenario, ...length, seed: SEED + 2, exporter: '4.8', honorLabels: false },
    select: { namespace: ['inference'], pod: ['vllm-.*'] },
  },
  {
    title: 'everything at once, exporter 4.9, exported labels, by host',
    scenario: { ...awkwardScenario, ...length, seed: SEED + 3, exporter: '4.9', honorLabels: false },
    select: { host: ['gpu-node-a', 'gpu-node-b'] },
  },
]

/** Windows of two collect intervals: the mean may be far off, the bounds may not. */
async function outsideBounds(url: string, scenario: DcgmScenario): Promise<string[]> {
  const history = drawHistory(scenario)
  const { startMs } = steadyWindow(scenario)
  const outside: string[] = []
  for (let at = 0; at < 5; at += 1) {
    const window = { startMs: startMs + at * 97_000, endMs: startMs + at * 97_000 + 60_000 }
    const truth = truthIn(history, window)
    const { correlation } = await correlateWindow(context, requestOf(url, truth))
    if (!correlation.short_sweep_warning) outside.push(`${at}: not called short`)
    for (const { quantity, gpus } of correlation.measurement?.quantities ?? []) {
      if (!['dram-active', 'tensor-active', 'nvlink-transmit'].includes(quantity)) continue
      for (const { gpu, inner = Number.NaN, outer = Number.NaN } of gpus) {
        const mean = truth.gpus.find(({ uuid }) => uuid === gpu)?.quantities[quantity]?.mean ?? Number.NaN
        if (!(inner <= mean * 1.000001 && mean <= outer * 1.000001)) outside.push(`${at}: ${quantity} of ${gpu} ${inner} ${mean} ${outer}`)
      }
    }
  }
  return outside
}

for (const { server, absent, start } of servers) {
  for (const { title, scenario, select } of scenarios) {
    test(`${server}, ${title}: means, bytes, energy, GPU count and coverage are the truth within 0.5 %`, async (test) => {
      if (absent !== undefined) return test.skip(absent)
      const history = drawHistory(scenario)
      const truth = truthIn(history, steadyWindow(scenario))
      const service = await start(history)
      try {
        const { correlation, frozen } = await correlateWindow(context, requestOf(service.url, truth, select))
        expect(correlation.n_gpus).toBe(truth.exportedGpus)
        expect(correlation.gpu_count.state).toBe(truth.exportedGpus === truth.expectedGpus ? 'as-expected' : 'differs')
        const { ratio, where } = worst(correlation, truth)
        process.stdout.write(`figure: ${server}, ${title}: at most ${(ratio * 100).toFixed(3)} % off (${where})\n`)
        expect(ratio, where).toBeLessThan(TOLERANCE)
        const frozenPath = join(folder, 'dcgm-frozen.yaml')
        writeWhole(frozenPath, renderDcgmFrozen(frozen ?? expect.fail('nothing was frozen')))
        const again = (await correlateWindow(context, { frozenYaml: frozenPath })).correlation
        const without = ({ provenance: _, sources: __, ...rest }: DcgmCorrelation) => rest
        expect(without(again)).toEqual(without(correlation))
        if (scenario.exporter === '3.x') expect(await outsideBounds(service.url, scenario)).toEqual([])
      } finally {
        await service.stop()
      }
    }, 60_000)
  }
}
