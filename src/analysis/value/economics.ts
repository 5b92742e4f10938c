/** What a gain is worth per million output tokens (facts/formats.md section 12), at the rate of its own hardware (trap H21). */
import { usdPerGpuHour, usdPerMillion } from '#analysis/campaign/gpu-rates.ts'
import { type DeviceNames, recogniseDevice } from '#analysis/hardware-names.ts'
import type { Economics, ValueFinding } from '#formats/value-view.ts'

/** Hardware is a sentence of a person (“8x B200 on one node”): the one device that its words name; none where they name two. */
export function hardwareIn(said: string, names: DeviceNames): string | undefined {
  const words = said.split(/[\s,;()+/×]+/).map((word) => word.replace(/^\d+x/i, ''))
  const keys = new Set(
    [said, ...words].flatMap((word) => (word === '' ? [] : (recogniseDevice(names, word).key ?? names.fieldKeys.get(word) ?? []))),
  )
  return keys.size === 1 ? [...keys][0] : undefined
}

/** Undefined where peak or baseline is not said: a saving of one figure is none. Money is absent where the rate of the hardware is not known. */
export function economicsOf({ gain, hardware }: ValueFinding, names: DeviceNames, paid: number | undefined): Economics | undefined {
  const [peak, base] = [gain?.tps_gpu_peak ?? undefined, gain?.baseline_tps_gpu ?? undefined]
  if (peak === undefined || base === undefined) return undefined
  const key = typeof hardware === 'string' ? hardwareIn(hardware, names) : undefined
  const rate = usdPerGpuHour(key, names, paid)
  const [usdPeak, usdBaseline] = [usdPerMillion(rate, peak), usdPerMillion(rate, base)]
  const hours = (1e6 / 3600) * (1 / base - 1 / peak)
  return {
    ...(rate === undefined || usdPeak === undefined || usdBaseline === undefined
      ? {}
      : { usd_per_gpu_hour: rate, usd_peak: usdPeak, usd_baseline: usdBaseline, usd_saved: usdBaseline - usdPeak }),
    gpu_hours_saved: hours,
  }
}
