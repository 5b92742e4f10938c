/** What `sextant ceilings` answers, from compiled ceilings. */
import { AGREEING_RATIO, checkCeilings } from '#analysis/ceiling-check.ts'
import {
  type Ceiling,
  type Ceilings,
  ceilingAt,
  computeCeiling,
  correctionsOf,
  type FoundHardware,
  findHardware,
  type Hardware,
  hardwareCorrections,
  linkCeiling,
  memoryCeiling,
} from '#analysis/ceilings.ts'
import type { DeviceNames } from '#analysis/hardware-names.ts'
import type { CeilingHardwareRow, CeilingRow, CeilingsReport } from '#formats/ceilings.ts'

/** `asked` is a key, a key path (`h100_sxm.fp8_dense_pflops`) or a device's name; absent = the list of all hardware. */
export function reportCeilings(ceilings: Ceilings, names: DeviceNames, asked?: string): Omit<CeilingsReport, 'sources'> {
  const found = asked === undefined ? undefined : ask(ceilings, names, asked)
  const listed = found === undefined ? ceilings.hardware : new Map([[found.hardware.key, found.hardware]])
  const { disagreeing, ...check } = checkCeilings({ ...ceilings, hardware: listed })
  return {
    schema: 'ceilings/1',
    ...(ceilings.asOf === undefined ? {} : { asOf: ceilings.asOf }),
    hardware: [...listed.values()].map((hardware) => hardwareRow(hardware, names)),
    ...(found === undefined ? {} : { asked: askedOf(ceilings, names, found, found.only) }),
    check: { ...check, notDerivable: [...check.notDerivable], toleranceRatio: AGREEING_RATIO, disagreeing: [...disagreeing] },
    categoryCeilings: Object.entries(ceilings.categories).map(([category, { metric, bound }]) => ({ category, metric, bound })),
  }
}

function ask(ceilings: Ceilings, names: DeviceNames, asked: string): FoundHardware & { readonly only?: Ceiling } {
  // A device's name may hold a dot; a key path has one and no space.
  if (!/^[\w-]+\.\w+$/.test(asked)) return findHardware(ceilings, names, asked)
  const { ceiling, ...found } = ceilingAt(ceilings, names, asked)
  return { ...found, only: ceiling }
}

function hardwareRow(hardware: Hardware, names: DeviceNames): CeilingHardwareRow {
  const fieldKeys = [...names.fieldKeys].filter(([, key]) => key === hardware.key).map(([fieldKey]) => fieldKey)
  const peak = (field: string, ceiling: Ceiling | undefined) => (ceiling?.baseValue === undefined ? {} : { [field]: ceiling.baseValue })
  return {
    key: hardware.key,
    name: hardware.name,
    ...(hardware.arch === undefined ? {} : { arch: hardware.arch }),
    ...(hardware.confidence === undefined ? {} : { confidence: hardware.confidence }),
    ...peak('bf16DenseFlopPerS', computeCeiling(hardware, 'bf16') ?? computeCeiling(hardware, 'fp16')),
    ...peak('fp8DenseFlopPerS', computeCeiling(hardware, 'fp8')),
    ...peak('fp4DenseFlopPerS', computeCeiling(hardware, 'fp4')),
    ...peak('memoryBytesPerS', memoryCeiling(hardware)),
    ...peak('linkBytesPerSPerDirection', linkCeiling(hardware, 'link-bandwidth')),
    ...(fieldKeys.length === 0 ? {} : { fieldKeys }),
  }
}

function askedOf(
  ceilings: Ceilings,
  names: DeviceNames,
  found: FoundHardware,
  only: Ceiling | undefined,
): CeilingsReport['asked'] & object {
  const { hardware, matchedBy, assumes } = found
  const rows = only === undefined ? [...hardware.ceilings.values()] : [only]
  return {
    key: hardware.key,
    matchedBy,
    ...(assumes === undefined ? {} : { assumes }),
    name: hardware.name,
    ...(hardware.computeCapability === undefined ? {} : { computeCapability: hardware.computeCapability }),
    ...(hardware.devicesPerEntry === 1 ? {} : { devicesPerEntry: hardware.devicesPerEntry }),
    ...(hardware.notes === undefined ? {} : { notes: hardware.notes }),
    disagreements: [...hardwareCorrections(ceilings, names, hardware.key), ...hardware.disagreements],
    ceilings: rows.map((ceiling) => rowOf(ceilings, names, hardware, ceiling)),
  }
}

function rowOf(ceilings: Ceilings, names: DeviceNames, hardware: Hardware, ceiling: Ceiling): CeilingRow {
  const { path, metric, value, units, baseValue, quantity, sources, confidence, notes } = ceiling
  const corrections = correctionsOf(ceilings, names, ceiling)
  const dcgm = dcgmOf(hardware, ceiling)
  return {
    path,
    metric,
    value,
    ...(units === undefined ? {} : { units }),
    ...(baseValue === undefined ? {} : { baseValue }),
    quantity: quantity.kind,
    ...(quantity.kind === 'compute' ? { dtype: quantity.dtype, sparsity: quantity.sparsity } : {}),
    ...('direction' in quantity ? { direction: quantity.direction } : {}),
    sources: [...sources],
    ...(confidence === undefined ? {} : { confidence }),
    ...(notes === undefined ? {} : { notes }),
    ...(dcgm === undefined ? {} : { dcgm }),
    ...(corrections.length === 0 ? {} : { corrections }),
  }
}

/** Every bandwidth and compute ceiling says what DCGM measures it with, or why nothing does: silence would read as zero (trap E10). */
function dcgmOf(hardware: Hardware, { quantity, dcgm }: Ceiling): CeilingRow['dcgm'] {
  if (dcgm !== undefined) {
    const { metrics, unit, combine, fallbackMetric } = dcgm
    return {
      metrics: [...metrics],
      ...(unit === undefined ? {} : { unit }),
      ...(combine === undefined ? {} : { combine }),
      ...(fallbackMetric === undefined ? {} : { fallbackMetric }),
    }
  }
  if (quantity.kind === 'other' || quantity.kind === 'memory-capacity') return undefined
  return { metrics: [], reason: noAnchorReason(hardware, quantity) }
}

function noAnchorReason(hardware: Hardware, quantity: Ceiling['quantity']): string {
  if (hardware.dcgmSupport === 'none') return 'DCGM does not measure this device'
  if (quantity.kind === 'nic-bandwidth') return 'DCGM does not see the bytes of a NIC'
  if (quantity.kind === 'compute' && quantity.sparsity === 'sparse') return 'pipe activity does not tell sparse from dense'
  return 'this file names no DCGM metric for it'
}
