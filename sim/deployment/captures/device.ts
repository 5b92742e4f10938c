/** What the GPUs' own counters averaged over the measured window: a frozen file of DCGM's fields (facts: dcgm, formats section 3). */
import { Random } from '#base/random.ts'
import type { DcgmMeasurement, MeasuredQuantity } from '#formats/dcgm-measurement.ts'
import type { Deployment } from '#sim/deployment/deployment.ts'
import type { Plan, RankPlan } from '#sim/plan.ts'
import { groupsByName, workOf } from './counters.ts'
import { measured } from './window.ts'
import { type PlainData, yamlText } from './yaml-text.ts'

interface Activity {
  readonly engine: number
  readonly sm: number
  readonly dram: number
  readonly tensor: number
}

/** Collectives and small kernels keep some of a device busy and move little. */
const OTHER = { sm: 0.5, dram: 0.08, tensor: 0 }
const READ_EVERY_S = 15
const COLLECT_EVERY_S = 30

/** Averages over the recorded steps: what a counter reads of a device that does nothing else. */
export function activityOf(deployment: Deployment, { activities }: RankPlan): Activity {
  const groups = groupsByName(deployment)
  const steps = activities.filter(({ step }) => step >= 0)
  const fromNs = Math.min(...steps.map(({ startNs }) => startNs))
  const toNs = Math.max(...steps.map(({ endNs }) => endNs))
  const sums = { engine: 0, sm: 0, dram: 0, tensor: 0 }
  let reached = fromNs
  for (const { class: kind, name, startNs, endNs } of steps) {
    const ns = endNs - startNs
    sums.engine += Math.max(0, endNs - Math.max(startNs, reached))
    reached = Math.max(reached, endNs)
    if (kind !== 'compute' && kind !== 'communication') continue
    const group = groups.get(name)
    const work = group === undefined ? undefined : workOf(deployment, group)
    sums.sm += ns * (work?.smBusyRatio ?? OTHER.sm)
    sums.dram += ns * (work?.dramRatio ?? OTHER.dram)
    sums.tensor += ns * (work?.tensorPipeRatio ?? OTHER.tensor)
  }
  const whole = toNs - fromNs
  return { engine: sums.engine / whole, sm: sums.sm / whole, dram: sums.dram / whole, tensor: sums.tensor / whole }
}

/** A planted disagreement is far above any window's error. */
function disagreeing({ disagreements }: Deployment, activity: Activity): Activity {
  const has = (name: 'busy' | 'tensor-activity'): boolean => disagreements.includes(name)
  return {
    ...activity,
    engine: has('busy') ? (activity.engine > 0.55 ? activity.engine * 0.6 : Math.min(1, activity.engine * 1.7)) : activity.engine,
    tensor: has('tensor-activity') ? Math.min(1, activity.tensor * 1.9 + 0.03) : activity.tensor,
  }
}

interface Field {
  readonly quantity: string
  readonly metric: string
  readonly unit: string
  readonly kind: MeasuredQuantity['kind']
  readonly group: MeasuredQuantity['group']
  of(activity: Activity, deployment: Deployment): number
  /** What is left when the GPU's own and the exporter's rounding is gone. */
  readonly digits: number
}

const fields: readonly Field[] = [
  {
    quantity: 'graphics-engine-active',
    metric: 'DCGM_FI_PROF_GR_ENGINE_ACTIVE',
    unit: 'ratio',
    kind: 'ratio',
    group: 'prof',
    digits: 6,
    of: ({ engine }) => engine,
  },
  { quantity: 'sm-active', metric: 'DCGM_FI_PROF_SM_ACTIVE', unit: 'ratio', kind: 'ratio', group: 'prof', digits: 6, of: ({ sm }) => sm },
  {
    quantity: 'dram-active',
    metric: 'DCGM_FI_PROF_DRAM_ACTIVE',
    unit: 'ratio',
    kind: 'ratio',
    group: 'prof',
    digits: 6,
    of: ({ dram }) => dram,
  },
  {
    quantity: 'tensor-active',
    metric: 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE',
    unit: 'ratio',
    kind: 'ratio',
    group: 'prof',
    digits: 6,
    of: ({ tensor }) => tensor,
  },
  {
    quantity: 'sm-clock',
    metric: 'DCGM_FI_DEV_SM_CLOCK',
    unit: 'Hz',
    kind: 'point',
    group: 'device',
    digits: 0,
    of: (_, { clockRatio, gpu }) => clockRatio * gpu.maxClockHz,
  },
  {
    quantity: 'board-power',
    metric: 'DCGM_FI_DEV_POWER_USAGE',
    unit: 'W',
    kind: 'point',
    group: 'device',
    digits: 3,
    of: ({ sm, engine }) => 150 + 300 * engine + 200 * sm,
  },
]

function quantityOf(field: Field, activity: Activity, deployment: Deployment, ids: readonly string[]): MeasuredQuantity {
  const random = new Random(deployment.seed, `dcgm ${field.quantity}`)
  const { quantity, metric, unit, kind, group } = field
  const samples = measured.durationS / READ_EVERY_S
  const rows = ids.map((gpu) => {
    const value = field.of(activity, deployment) * (0.996 + 0.008 * random.uniform())
    const mean = Number((kind === 'ratio' ? Math.min(1, value) : value).toFixed(field.digits))
    const most = kind === 'ratio' ? Math.min(1, mean * 1.03) : mean * 1.03
    return { gpu, mean, min: Number((mean * 0.97).toFixed(field.digits)), max: Number(most.toFixed(field.digits)), coverage: 1, samples }
  })
  return { quantity, unit, kind, group, metrics: [metric], gpus: rows }
}

/** One id per GPU of the replica; traced ones by the identity that the timeline has of them. */
function gpuIds({ tensorParallel, seed }: Deployment, plan: Plan): string[] {
  const random = new Random(seed, 'gpu ids')
  const hex = (length: number): string => Array.from({ length }, () => '0123456789abcdef'[random.integer(0, 15)]).join('')
  return Array.from({ length: tensorParallel }, (_, index) => {
    const known = plan.ranks[index]?.uuid
    return `GPU-${known ?? `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`}`
  })
}

export function measurementOf(deployment: Deployment, plan: Plan): DcgmMeasurement {
  const ids = gpuIds(deployment, plan)
  const activity = disagreeing(deployment, activityOf(deployment, plan.ranks[0] as RankPlan))
  const held = deployment.throttle
  return {
    schema: 'dcgm-measurement/1',
    window: { start_utc: measured.startUtc, end_utc: measured.endUtc, duration_s: measured.durationS, chosen_by: 'given' },
    cadence: {
      scrape_interval_s: READ_EVERY_S,
      collect_interval_s: COLLECT_EVERY_S,
      collect_interval_from: 'repeats',
      intervals_in_window: measured.durationS / COLLECT_EVERY_S,
    },
    selector: '',
    expected_gpus: ids.length,
    gpus: ids.map((id, index) => ({ id, uuid: id, host: 'node-a', index: String(index), model: deployment.gpu.name })),
    instances: [],
    pods: [],
    quantities: fields.map((field) => quantityOf(field, activity, deployment, ids)),
    throttling: ids.map((gpu) => ({
      gpu,
      any: held === undefined ? 0 : 0.96,
      reasons: held === undefined ? {} : { [held]: 0.96 },
      coverage: 1,
    })),
    unavailable: [],
    queries: [],
    findings: [],
  }
}

/** `dcgm-frozen.yaml`. */
export function frozenText(deployment: Deployment, plan: Plan): string {
  const measurement = measurementOf(deployment, plan)
  const power = measurement.quantities.find(({ quantity }) => quantity === 'board-power')?.gpus ?? []
  return yamlText({
    schema_version: 1,
    hw_key: deployment.hardware,
    n_gpus: measurement.gpus.length,
    sweep_start_utc: measured.startUtc,
    sweep_end_utc: measured.endUtc,
    captured_by: 'sim',
    data_tier: 'prof',
    scrape_interval_s: READ_EVERY_S,
    power_watts_per_gpu: power.reduce((sum, { mean }) => sum + mean, 0) / power.length,
    nodes: ['node-a'],
    resources: [],
    measurement: measurement as unknown as PlainData,
  })
}
