/** What a ceiling's name and units say: the grammar of the field's metric names, and units to SI per second. */

export type CeilingQuantity =
  | { readonly kind: 'compute'; readonly dtype: string; readonly sparsity: 'dense' | 'sparse' }
  | { readonly kind: 'memory-bandwidth' | 'memory-capacity' }
  | { readonly kind: 'link-bandwidth' | 'pcie-bandwidth' | 'nic-bandwidth'; readonly direction: 'both' | 'one' }
  | { readonly kind: 'other' }

/** Spellings of data types -> the one used here. The field writes TF32 as "fp32_tc"; NVFP4 and MXFP4 run on the same units. */
const dtypes: Readonly<Record<string, string>> = { nvfp4: 'fp4', mxfp4: 'fp4', mxfp6: 'fp6', mxfp8: 'fp8', fp32_tc: 'tf32' }

export const dtypeOf = (spelling: string): string => dtypes[spelling] ?? spelling

const compute = /^(.+?)_(?:(dense|sparse)_)?[pt](?:fl)?ops$/
const memory = /^(?:hbm\w*?|gddr\w*?)_tbps$/
const capacity = /^(?:hbm\w*?|gddr\w*?)_capacity_gb$/
const link = /^(?:nvlink\d*|infinity_fabric|xgmi)_(unidirectional_)?[tg]bps$/
const pcie = /^pcie_gen\d_x\d+_(unidirectional_)?gbps$/
const nic = /^(?:nic_(unidirectional_)gbs|roce_\w+)$/

/** Names of either file resolve: `hbm3e_tbps`, `fp32_tc_tflops`, `nvlink5_unidirectional_tbps`. Unknown names are `other`. */
export function quantityOf(metric: string): CeilingQuantity {
  const sum = compute.exec(metric)
  if (sum !== null) return { kind: 'compute', dtype: dtypeOf(sum[1] ?? ''), sparsity: sum[2] === 'sparse' ? 'sparse' : 'dense' }
  // What the bus would give is a check of the published value, not a second ceiling.
  if (memory.test(metric) && !metric.includes('_from_bus_')) return { kind: 'memory-bandwidth' }
  if (capacity.test(metric)) return { kind: 'memory-capacity' }
  const linkMatch = link.exec(metric)
  if (linkMatch !== null) return { kind: 'link-bandwidth', direction: linkMatch[1] === undefined ? 'both' : 'one' }
  const pcieMatch = pcie.exec(metric)
  if (pcieMatch !== null) return { kind: 'pcie-bandwidth', direction: pcieMatch[1] === undefined ? 'both' : 'one' }
  if (nic.test(metric)) return { kind: 'nic-bandwidth', direction: 'one' }
  return { kind: 'other' }
}

/** Units as files spell them -> factor to FLOP/s, byte/s, byte, Hz or W. `Gb/s` is bits. */
const factors: Readonly<Record<string, number>> = {
  PFLOPS: 1e15,
  TFLOPS: 1e12,
  POPS: 1e15,
  TOPS: 1e12,
  'TB/s': 1e12,
  'GB/s': 1e9,
  'Gb/s': 1e9 / 8,
  GB: 1e9,
  MB: 1e6,
  MHz: 1e6,
  W: 1,
}

/** In FLOP/s, byte/s, byte or Hz, from the units that the entry states and never from its name; undefined where they are missing or unknown. */
export function inBaseUnits(value: number | boolean | string, units: string | undefined): number | undefined {
  const factor = factors[units ?? '']
  if (typeof value !== 'number' || factor === undefined) return undefined
  // 12 digits: 0.9894 x 1e15 must not end in the noise of a binary fraction.
  return Number((value * factor).toPrecision(12))
}
