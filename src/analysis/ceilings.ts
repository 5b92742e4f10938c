/** Peaks by key path, each with its source: lookups over `configs/sol-ceilings.yaml` or a file of the same shape. */
import { type CeilingQuantity, dtypeOf, inBaseUnits, quantityOf } from '#analysis/ceiling-metric.ts'
import { compactName, type DeviceNames, recogniseDevice, unknownHardware } from '#analysis/hardware-names.ts'
import { SextantError } from '#base/errors.ts'
import { type CeilingEntry, ceilingEntrySchema, type SolCeilings } from '#formats/sol-ceilings.ts'

export interface DcgmAnchor {
  readonly metrics: readonly string[]
  readonly unit?: string
  readonly combine?: 'sum' | 'max'
  readonly fallbackMetric?: string
}

export interface Ceiling {
  /** `hardware.metric`, what a %SoL cites. */
  readonly path: string
  readonly hardware: string
  readonly metric: string
  readonly value: number | boolean | string
  readonly units?: string
  /** FLOP/s, byte/s, byte or Hz; absent for what has no such unit. */
  readonly baseValue?: number
  readonly quantity: CeilingQuantity
  /** Citations, written out. */
  readonly sources: readonly string[]
  readonly notes?: string
  readonly confidence?: string
  readonly dcgm?: DcgmAnchor
}

export interface Correction {
  readonly fieldValue?: number | boolean
  readonly reason: string
}

export interface Hardware {
  readonly key: string
  readonly name: string
  readonly arch?: string
  readonly computeCapability?: string
  readonly confidence?: string
  readonly dcgmSupport?: 'prof' | 'none'
  /** Devices that software sees per entry; peaks of one of them are this part of the entry's. */
  readonly devicesPerEntry: number
  readonly tensorRateFactors: Readonly<Record<string, number>>
  readonly notes?: string
  readonly disagreements: readonly string[]
  readonly ceilings: ReadonlyMap<string, Ceiling>
}

export interface Ceilings {
  readonly asOf?: string
  readonly hardware: ReadonlyMap<string, Hardware>
  readonly corrections: NonNullable<SolCeilings['corrections']>
  /** Arch -> data type -> FLOP per SM and clock, dense. */
  readonly rates: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly categories: NonNullable<SolCeilings['category_ceiling_map']>
}

export interface FoundHardware {
  readonly hardware: Hardware
  readonly matchedBy: 'key' | 'field-key' | 'device-name'
  readonly assumes?: string
}

const reserved = new Set(['schema', 'as_of', 'sources', 'rates_per_sm_per_clock', 'corrections', 'category_ceiling_map', 'dcgm_config'])

/** Entries without `hw_name` are no hardware and are passed over. */
export function compileCeilings(file: SolCeilings): Ceilings {
  const hardware = new Map<string, Hardware>()
  for (const [key, entry] of Object.entries(file)) {
    if (reserved.has(key) || typeof entry !== 'object' || entry === null || !('hw_name' in entry)) continue
    hardware.set(key, hardwareOf(key, entry as HardwareEntry, file.sources ?? {}))
  }
  return {
    ...(file.as_of === undefined ? {} : { asOf: file.as_of }),
    hardware,
    corrections: file.corrections ?? [],
    rates: file.rates_per_sm_per_clock ?? {},
    categories: file.category_ceiling_map ?? {},
  }
}

/** The catch-all of the schema loses which keys are its own: said again here. */
interface HardwareEntry {
  readonly hw_name: string
  readonly arch?: string
  readonly compute_capability?: string
  readonly confidence?: string
  readonly dcgm_support?: 'prof' | 'none'
  readonly devices_per_entry?: number
  readonly tensor_rate_factors?: Readonly<Record<string, number>>
  readonly notes?: string
  readonly disagreements?: readonly string[]
}

function hardwareOf(key: string, entry: HardwareEntry, sources: Readonly<Record<string, string>>): Hardware {
  const ceilings = new Map<string, Ceiling>()
  for (const [metric, value] of Object.entries(entry)) {
    const parsed = ceilingEntrySchema.safeParse(value)
    if (parsed.success) ceilings.set(metric, ceilingOf(key, metric, parsed.data, sources, entry.confidence))
  }
  return {
    key,
    name: entry.hw_name,
    ...(entry.arch === undefined ? {} : { arch: entry.arch }),
    ...(entry.compute_capability === undefined ? {} : { computeCapability: entry.compute_capability }),
    ...(entry.confidence === undefined ? {} : { confidence: entry.confidence }),
    ...(entry.dcgm_support === undefined ? {} : { dcgmSupport: entry.dcgm_support }),
    devicesPerEntry: entry.devices_per_entry ?? 1,
    tensorRateFactors: entry.tensor_rate_factors ?? {},
    ...(entry.notes === undefined ? {} : { notes: entry.notes }),
    disagreements: entry.disagreements ?? [],
    ceilings,
  }
}

function ceilingOf(
  hardware: string,
  metric: string,
  entry: CeilingEntry,
  sources: Readonly<Record<string, string>>,
  hardwareConfidence: string | undefined,
): Ceiling {
  const baseValue = inBaseUnits(entry.value, entry.units)
  const confidence = entry.confidence ?? hardwareConfidence
  const metrics = entry.dcgm_metrics_bytes ?? (entry.dcgm_metric === undefined ? [] : [entry.dcgm_metric])
  const ids = entry.source === undefined ? [] : entry.source.split(', ')
  return {
    path: `${hardware}.${metric}`,
    hardware,
    metric,
    value: entry.value,
    ...(entry.units === undefined ? {} : { units: entry.units }),
    ...(baseValue === undefined ? {} : { baseValue }),
    quantity: quantityOf(metric),
    // A source that names ids of the list is written out; any other is a citation already.
    sources: ids.every((id) => id in sources) ? ids.map((id) => sources[id] ?? id) : [entry.source ?? ''],
    ...(entry.notes === undefined ? {} : { notes: entry.notes }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(metrics.length === 0 ? {} : { dcgm: anchorOf(entry, metrics) }),
  }
}

function anchorOf(entry: CeilingEntry, metrics: readonly string[]): DcgmAnchor {
  return {
    metrics,
    ...(entry.dcgm_unit === undefined ? {} : { unit: entry.dcgm_unit }),
    ...(entry.dcgm_combine === undefined ? {} : { combine: entry.dcgm_combine }),
    ...(entry.dcgm_fallback_metric === undefined ? {} : { fallbackMetric: entry.dcgm_fallback_metric }),
  }
}

/** By our key, the field's key, or a device's name as a tool prints it. Throws `missing_data` with near keys. */
export function findHardware(ceilings: Ceilings, names: DeviceNames, given: string): FoundHardware {
  const exact = ceilings.hardware.get(given)
  if (exact !== undefined) return { hardware: exact, matchedBy: 'key' }
  const aliased = ceilings.hardware.get(names.fieldKeys.get(given) ?? '')
  if (aliased !== undefined) return { hardware: aliased, matchedBy: 'field-key' }
  const device = recogniseDevice(names, given)
  if (device.key !== undefined) {
    const hardware = underAnyKey(ceilings, names, device.key)
    if (hardware !== undefined)
      return { hardware, matchedBy: 'device-name', ...(device.assumes === undefined ? {} : { assumes: device.assumes }) }
  }
  const byName = [...ceilings.hardware.values()].find(({ name }) => compactName(name) === compactName(given))
  if (byName !== undefined) return { hardware: byName, matchedBy: 'device-name' }
  const reason = device.key === undefined ? device.reason : 'this file of ceilings does not hold this hardware'
  throw unknownHardware(reason, given, [...ceilings.hardware.keys()])
}

/** A file of another tool keeps its own keys: `h100_sxm` there is our `h100_sxm5`. */
function underAnyKey({ hardware }: Ceilings, names: DeviceNames, key: string): Hardware | undefined {
  const own = hardware.get(key)
  if (own !== undefined) return own
  for (const [fieldKey, ours] of names.fieldKeys) if (ours === key && hardware.has(fieldKey)) return hardware.get(fieldKey)
  return undefined
}

export interface FoundCeiling extends FoundHardware {
  readonly ceiling: Ceiling
  readonly corrections: readonly Correction[]
}

/** `h100_sxm.fp8_dense_pflops`, also in the field's spelling of key and metric; corrections say where the field's file has another value. */
export function ceilingAt(ceilings: Ceilings, names: DeviceNames, path: string): FoundCeiling {
  const dot = path.indexOf('.')
  const found = findHardware(ceilings, names, path.slice(0, dot))
  const metric = path.slice(dot + 1)
  const ceiling = found.hardware.ceilings.get(metric) ?? sameQuantity(found.hardware, metric)
  if (ceiling === undefined) {
    const known = [...found.hardware.ceilings.keys()]
    throw new SextantError('missing_data', `${found.hardware.key} has no ceiling of this name`, `Choose one of: ${known.join(', ')}.`, {
      known,
    })
  }
  return { ...found, ceiling, corrections: correctionsOf(ceilings, names, ceiling) }
}

/** Another spelling of the same quantity in the same unit of the name: `fp32_tc_tflops` is `tf32_dense_pflops`. */
function sameQuantity(hardware: Hardware, metric: string): Ceiling | undefined {
  const wanted = quantityOf(metric)
  // Only compute: `nvlink5_tbps` of a part with NVLink 4 must not be answered with NVLink 4.
  return wanted.kind === 'compute' ? computeCeiling(hardware, wanted.dtype, wanted.sparsity) : undefined
}

/** What the field's file says otherwise about this ceiling. */
export function correctionsOf(ceilings: Ceilings, names: DeviceNames, ceiling: Ceiling): Correction[] {
  const paths = new Set([`*.${ceiling.metric}`, ...fieldKeysOf(names, ceiling.hardware).map((key) => `${key}.${ceiling.metric}`)])
  return ceilings.corrections
    .filter(({ path }) => paths.has(path))
    .map(({ field_value, reason }) => ({ ...(field_value === undefined ? {} : { fieldValue: field_value }), reason }))
}

/** What the field's file mixes up about the hardware as a whole. */
export function hardwareCorrections(ceilings: Ceilings, names: DeviceNames, key: string): string[] {
  const keys = fieldKeysOf(names, key)
  return ceilings.corrections.filter(({ path }) => keys.includes(path)).map(({ reason }) => reason)
}

function fieldKeysOf(names: DeviceNames, key: string): string[] {
  return [key, ...[...names.fieldKeys].filter(([, ours]) => ours === key).map(([fieldKey]) => fieldKey)]
}

/** Dense unless asked otherwise: a sparse peak is never the dense one doubled, nor the reverse halved (trap E27). */
export function computeCeiling(hardware: Hardware, dtype: string, sparsity: 'dense' | 'sparse' = 'dense'): Ceiling | undefined {
  const wanted = dtypeOf(dtype)
  return find(hardware, ({ quantity }) => quantity.kind === 'compute' && quantity.dtype === wanted && quantity.sparsity === sparsity)
}

export function memoryCeiling(hardware: Hardware): Ceiling | undefined {
  return find(hardware, ({ quantity }) => quantity.kind === 'memory-bandwidth')
}

/** Per direction unless asked otherwise: one direction over the sum of both hides saturation (trap E28). */
export function linkCeiling(
  hardware: Hardware,
  kind: 'link-bandwidth' | 'pcie-bandwidth' | 'nic-bandwidth',
  direction: 'one' | 'both' = 'one',
): Ceiling | undefined {
  return find(hardware, ({ quantity }) => quantity.kind === kind && quantity.direction === direction)
}

function find(hardware: Hardware, matches: (ceiling: Ceiling) => boolean): Ceiling | undefined {
  for (const ceiling of hardware.ceilings.values()) if (matches(ceiling)) return ceiling
  return undefined
}
