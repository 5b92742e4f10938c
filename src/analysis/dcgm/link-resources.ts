/** Resource rows of links: per direction against the peak of one direction, the sum against the sum (traps E1, E7, E28). */
import { type Ceiling, type Hardware, linkCeiling } from '#analysis/ceilings.ts'
import type { DcgmResource } from '#formats/dcgm-correlation.ts'
import type { BoardStats } from './board-stats.ts'
import type { LinkReadings } from './readings.ts'
import { boundsOf, solFields } from './resource-fields.ts'

type Link = 'nvlink' | 'pcie' | 'c2c'

const words: Readonly<
  Record<Link, { readonly name: string; readonly transmit: string; readonly receive: string; readonly notes: readonly string[] }>
> = {
  nvlink: {
    name: 'NVLink',
    transmit: 'sent by the GPU over all its NVLinks',
    receive: 'received by the GPU over all its NVLinks',
    notes: ['whether protocol headers are counted is documented both ways (DCGM issue 231): a few per cent either way'],
  },
  pcie: {
    name: 'PCIe',
    transmit: 'device to host, headers included',
    receive: 'host to device, headers included',
    notes: ['only what crosses the GPU’s own slot: bytes of a NIC are not seen'],
  },
  c2c: {
    name: 'NVLink-C2C',
    transmit: 'to the host processor',
    receive: 'from the host processor',
    notes: ['the peak of one GPU’s share of the link is not confirmed by a public source: bytes only, no %SoL'],
  },
}

const overPeak: Readonly<Record<Link, string>> = {
  nvlink:
    'above the peak: headers may be counted, or hw_key names another part or link generation than the GPUs have (sextant ceilings lists them)',
  pcie: 'above the peak of this PCIe generation: the GPU sits in a newer slot than hw_key says, or the figure is of several GPUs',
  c2c: '',
}

/** Grace systems: traffic between CPU and GPU goes over C2C, so PCIe does not see it (facts/dcgm.md section 2.8). */
const isGrace = ({ key }: Hardware): boolean => /^g[bh]\d/.test(key)

export function linkResources(link: Link, readings: LinkReadings, hardware: Hardware, durationS: number): DcgmResource[] {
  const { transmit, receive, both, isMerged } = readings
  const busier = transmit === undefined || (receive !== undefined && receive.mean > transmit.mean) ? 'receive' : 'transmit'
  const rows: DcgmResource[] = []
  const add = (direction: 'transmit' | 'receive' | 'both', stats: BoardStats | undefined): void => {
    if (stats !== undefined)
      rows.push(rowOf(link, direction, stats, { hardware, durationS, isMerged, isHeadline: direction === (isMerged ? 'both' : busier) }))
  }
  add('transmit', transmit)
  add('receive', receive)
  add('both', both)
  return rows
}

interface RowContext {
  readonly hardware: Hardware
  readonly durationS: number
  readonly isMerged: boolean
  readonly isHeadline: boolean
}

function ceilingOf(link: Link, direction: 'transmit' | 'receive' | 'both', hardware: Hardware): Ceiling | undefined {
  if (link === 'c2c') return undefined
  return linkCeiling(hardware, link === 'nvlink' ? 'link-bandwidth' : 'pcie-bandwidth', direction === 'both' ? 'both' : 'one')
}

function rowOf(link: Link, direction: 'transmit' | 'receive' | 'both', stats: BoardStats, context: RowContext): DcgmResource {
  const { hardware, durationS, isMerged, isHeadline } = context
  const peak = ceilingOf(link, direction, hardware)
  const { name, notes } = words[link]
  const meaning = direction === 'both' ? 'both directions together' : words[link][direction]
  const all = [
    ...notes,
    ...(isMerged
      ? ['this field merges the directions: saturation of one of them cannot be seen, and 0 may mean that it had no previous value']
      : []),
    ...(link === 'pcie' && isGrace(hardware) ? ['on a Grace system CPU and GPU talk over NVLink-C2C: this is not their traffic'] : []),
    ...(peak === undefined && link !== 'c2c' ? [oneSided(name, direction, hardware)] : []),
  ]
  return {
    resource: link,
    direction,
    is_headline: isHeadline,
    standing: 'measured',
    peak_key: peak?.metric ?? `${link}_${direction}`,
    metric: direction === 'both' && !isMerged ? `sum(${stats.metrics.join(', ')})` : stats.metrics.join(', '),
    is_fallback: isMerged,
    n_gpus: stats.gpus,
    unit: 'bytes_per_s',
    ...boundsOf(stats),
    measured_bytes_total: stats.total ?? stats.mean * durationS * stats.gpus,
    measured_bytes_per_s: stats.mean,
    measured_tflops_avg: null,
    ...solFields(stats.mean, peak, stats.gpus),
    may_be_called: `mean ${name} rate of a GPU, ${meaning}`,
    must_not_be_called:
      direction === 'both'
        ? 'a sign that no direction is saturated: one may be at its peak while the sum is at half'
        : 'a share of the bidirectional peak, or a counter of bytes (the value is per second, whatever its TYPE)',
    notes: withOverPeak(all, stats.mean, peak, overPeak[link]),
  }
}

/** Other tools' files of ceilings have only the sum of both directions: a direction is then not judged against it. */
function oneSided(name: string, direction: string, hardware: Hardware): string {
  return `no ${direction === 'both' ? '' : 'one-directional '}${name} peak of ${hardware.key} in this file of ceilings: bytes only, no %SoL`
}

export function withOverPeak(notes: readonly string[], value: number, peak: Ceiling | undefined, text: string): string[] {
  return peak?.baseValue !== undefined && value > peak.baseValue ? [...notes, text] : [...notes]
}
