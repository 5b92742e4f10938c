/** The readings that resources are judged by, from our own measurement or from a frozen file of another tool. */
import type { DcgmMeasurement } from '#formats/dcgm-measurement.ts'
import { type BoardStats, boardStats, sumOfBoards } from './board-stats.ts'

export interface LinkReadings {
  readonly transmit?: BoardStats
  readonly receive?: BoardStats
  /** Sum of the directions. */
  readonly both?: BoardStats
  /** `both` is of a field that knows no directions. */
  readonly isMerged: boolean
}

export interface Readings {
  readonly dram?: BoardStats
  readonly tensor?: BoardStats
  readonly nvlink: LinkReadings
  readonly pcie: LinkReadings
  readonly c2c: LinkReadings
  readonly power?: BoardStats
  readonly energy?: BoardStats
  readonly smClock?: BoardStats
  readonly graphicsActive?: BoardStats
}

const found = <K extends string>(key: K, value: BoardStats | undefined): { readonly [P in K]?: BoardStats } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: BoardStats })

export function readingsOf(measurement: DcgmMeasurement): Readings {
  const of = (quantity: string): BoardStats | undefined => boardStats(measurement, quantity)
  return {
    ...found('dram', of('dram-active')),
    ...found('tensor', of('tensor-active')),
    nvlink: linkOf(measurement, ['nvlink-transmit', 'nvlink-receive'], ['nvlink-transmitted', 'nvlink-received'], 'nvlink-both-directions'),
    pcie: linkOf(measurement, ['pcie-transmit', 'pcie-receive'], ['pcie-transmitted', 'pcie-received']),
    c2c: linkOf(measurement, ['c2c-transmit', 'c2c-receive']),
    ...found('power', of('board-power')),
    ...found('energy', of('energy')),
    ...found('smClock', of('sm-clock')),
    ...found('graphicsActive', of('graphics-engine-active')),
  }
}

type Pair = readonly [transmit: string, receive: string]

/** Rates first; byte counters where there are no rates; a field without directions last. */
function linkOf(measurement: DcgmMeasurement, rates: Pair, counters?: Pair, merged?: string): LinkReadings {
  for (const [transmit, receive] of counters === undefined ? [rates] : [rates, counters]) {
    const sent = boardStats(measurement, transmit)
    const received = boardStats(measurement, receive)
    if (sent === undefined && received === undefined) continue
    return {
      ...found('transmit', sent),
      ...found('receive', received),
      ...found('both', sumOfBoards(measurement, transmit, receive)),
      isMerged: false,
    }
  }
  const both = merged === undefined ? undefined : boardStats(measurement, merged)
  return { ...found('both', both), isMerged: both !== undefined }
}
