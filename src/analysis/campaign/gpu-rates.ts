/** What an hour of a GPU costs where nobody says what they pay: public list prices per hardware, never one for all (trap H21). */
import { type DeviceNames, recogniseDevice } from '#analysis/hardware-names.ts'

/** USD per GPU and hour by key of the ceilings: public rates as facts/formats.md section 10 gives them. */
const publicRates: Readonly<Record<string, number>> = { h100_sxm5: 6.16, h200_sxm: 6.31, b200_hgx: 8.6, gb300_nvl72: 12 }

/** Undefined for hardware without a public rate here: then there is no cost. */
export function usdPerGpuHour(hardware: string | undefined, names: DeviceNames, paid: number | undefined): number | undefined {
  if (paid !== undefined) return paid
  if (hardware === undefined) return undefined
  const { key } = recogniseDevice(names, hardware)
  const ours = key ?? names.fieldKeys.get(hardware)
  return ours === undefined ? undefined : publicRates[ours]
}

/** usd/1M = usd per GPU hour · 10⁶ ÷ (tokens per second and GPU · 3600). */
export const usdPerMillion = (rate: number | undefined, tokensPerSecondAndGpu: number | undefined): number | undefined =>
  rate === undefined || tokensPerSecondAndGpu === undefined || tokensPerSecondAndGpu <= 0
    ? undefined
    : (rate * 1e6) / (tokensPerSecondAndGpu * 3600)
