/** Which series a correlation reads, and the PromQL that gets them: one raw range selector per metric name, no function of the server. */
import { type DcgmField, type DcgmFieldName, dcgmQuantity } from '#model/dcgm-fields.ts'
import { type Matcher, selectorText } from '#model/promql.ts'
import type { TimeWindow } from './window-mean.ts'

/** Fields that never stand still on a busy GPU: they show the collect interval, and an exporter that stopped. */
export const restlessQuantities = ['dram-active', 'tensor-active', 'pcie-receive', 'board-power'] as const

/** In the order in which they are read: what judges the others comes first. */
export const wantedQuantities = [
  'gpu-busy',
  'graphics-engine-active',
  ...restlessQuantities,
  'sm-active',
  'sm-occupancy',
  'hmma-active',
  'imma-active',
  'dfma-active',
  'pcie-transmit',
  'nvlink-transmit',
  'nvlink-receive',
  'nvlink-both-directions',
  'nvlink-transmitted',
  'nvlink-received',
  'pcie-transmitted',
  'pcie-received',
  'c2c-transmit',
  'c2c-receive',
  'energy',
  'sm-clock',
  'memory-clock',
  'clock-event-reasons',
  'power-throttled',
  'thermal-throttled',
] as const

/**
 * Time asked for around the window: samples just outside it describe time inside. Two collect intervals suffice; twice the exporter's
 * default of 30 s leaves room for slower ones.
 */
export const PAD_MS = 120_000

export interface PlannedQuery {
  readonly field: DcgmField
  readonly name: DcgmFieldName
  /** Instant selector, without its range. */
  readonly selector: string
  /** As it is asked and recorded: an instant query at `timeMs`. */
  readonly promql: string
  readonly timeMs: number
  /** File that `--responses` looks for. */
  readonly file: string
}

export interface QueryScope {
  /** Empty = every GPU that the server knows. */
  readonly matchers: readonly Matcher[]
  readonly window: TimeWindow
  /** Names that a probe found; absent = every name that any exporter used. */
  readonly names?: ReadonlySet<string>
}

export function planQueries({ matchers, window, names }: QueryScope): PlannedQuery[] {
  const { fromMs, toMs } = paddedRange(window)
  const rangeS = Math.ceil((toMs - fromMs) / 1000)
  return wantedQuantities.flatMap((quantity) => {
    const field = dcgmQuantity(quantity)
    if (field === undefined) throw new Error(`no DCGM field for ${quantity}`)
    return field.names
      .filter(({ name }) => names === undefined || names.has(name))
      .map((name): PlannedQuery => {
        const selector = selectorText(name.name, matchers)
        return { field, name, selector, promql: `${selector}[${rangeS}s]`, timeMs: toMs, file: `${name.name}.json` }
      })
  })
}

/** Whole seconds, so that a range selector can say it. */
export function paddedRange({ startMs, endMs }: TimeWindow): { readonly fromMs: number; readonly toMs: number } {
  const toMs = Math.ceil((endMs + PAD_MS) / 1000) * 1000
  return { fromMs: Math.floor((startMs - PAD_MS) / 1000) * 1000, toMs }
}
