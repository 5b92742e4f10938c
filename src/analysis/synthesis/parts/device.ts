/** What the GPUs' own counters say over the window of a benchmark: means over GPUs and time, never of a step. */
import type { CitationBook } from '#analysis/synthesis/cite.ts'
import type { Cited, DeviceEvidence } from '#analysis/synthesis/evidence.ts'
import type { DcgmReading } from '#analysis/synthesis/readings.ts'

/** Undefined where no GPU was measured. */
export function deviceEvidence(reading: DcgmReading, book: CitationBook): DeviceEvidence | undefined {
  const { document, correlation, at } = reading
  const cite = (pointer: string): Cited | undefined => book.cite(document, `${at}${pointer}`)
  const windowS = cite('/duration_s')
  if (correlation.n_gpus === 0 || windowS === undefined) return undefined
  const percent = (pointer: string) => book.derive('product', [cite(pointer), 0.01])
  const link = resourceIndex(reading, 'nvlink', true)
  const hbm = resourceIndex(reading, 'hbm', true)
  const found: Record<string, Cited | undefined> = {
    engineActiveRatio: meanOverGpus(reading, 'graphics-engine-active', book),
    dramActiveRatio: ratioOf(reading, 'hbm', book) ?? meanOverGpus(reading, 'dram-active', book),
    dramBytesPerS: hbm < 0 ? undefined : cite(`/resources/${hbm}/measured_bytes_per_s`),
    tensorActiveRatio: ratioOf(reading, 'tensor-pipe', book) ?? meanOverGpus(reading, 'tensor-active', book),
    smActiveRatio: meanOverGpus(reading, 'sm-active', book),
    smClockHz: cite('/clocks/sm_clock_mean_hz'),
    smClockOfMaxRatio: percent('/clocks/of_max_pct'),
    throttledRatio: percent('/clocks/throttled_pct'),
    powerWattsPerGpu: cite('/power_watts_per_gpu'),
    nvlinkBytesPerS: link < 0 ? undefined : cite(`/resources/${link}/measured_bytes_per_s`),
    imbalanceRatio: hbm < 0 ? undefined : cite(`/resources/${hbm}/imbalance`),
  }
  const reasons = Object.entries(correlation.clocks?.throttle_reasons ?? {})
    .filter(([, share]) => share > 0)
    .map(([reason]) => reason)
    .sort()
  return {
    gpus: correlation.n_gpus,
    windowS,
    ...Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)),
    ...(reasons.length === 0 ? {} : { throttleReasons: reasons }),
  }
}

export function resourceIndex({ correlation }: DcgmReading, resource: string, isHeadline: boolean): number {
  return correlation.resources.findIndex((each) => each.resource === resource && each.is_headline === isHeadline)
}

/** Of a resource that is a ratio and may be used. */
function ratioOf(reading: DcgmReading, resource: string, book: CitationBook): Cited | undefined {
  const index = resourceIndex(reading, resource, true)
  const row = reading.correlation.resources[index]
  if (row === undefined || row.unit !== 'ratio' || row.standing === 'not-usable') return undefined
  return book.cite(reading.document, `${reading.at}/resources/${index}/measured_avg`)
}

/** Mean over GPUs of their time-weighted means; only files with a measurement hold every field. */
function meanOverGpus(reading: DcgmReading, quantity: string, book: CitationBook): Cited | undefined {
  const quantities = reading.correlation.measurement?.quantities ?? []
  const index = quantities.findIndex((each) => each.quantity === quantity)
  const gpus = quantities[index]?.gpus ?? []
  if (gpus.length === 0) return undefined
  const means = gpus.map((_, gpu) => book.cite(reading.document, `${reading.at}/measurement/quantities/${index}/gpus/${gpu}/mean`))
  return book.derive('ratio', [book.derive('sum', means), gpus.length])
}
