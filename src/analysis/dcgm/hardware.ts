/** Which hardware the series are of: what the caller says, checked against what the exporter's labels say. */
import { type Ceilings, type FoundHardware, findHardware } from '#analysis/ceilings.ts'
import { type DeviceNames, recogniseDevice } from '#analysis/hardware-names.ts'
import { SextantError } from '#base/errors.ts'

/** @param models distinct model names of the GPUs. Throws `ambiguous` where they contradict each other or `given`; `missing_data` where nothing is known. */
export function hardwareOfGpus(ceilings: Ceilings, names: DeviceNames, models: readonly string[], given?: string): FoundHardware {
  const distinct = [...new Set(models)].sort()
  const keys = new Set(distinct.flatMap((model) => recogniseDevice(names, model).key ?? []))
  if (given === undefined) {
    if (keys.size > 1)
      throw new SextantError(
        'ambiguous',
        `the GPUs are of several kinds (${distinct.join(', ')}): one peak cannot judge them`,
        'Select the hosts of one kind (--host), and correlate each kind alone.',
        { models: distinct },
      )
    const [model] = distinct
    if (model === undefined)
      throw new SextantError(
        'missing_data',
        'the series do not name the GPU’s model',
        'Say which it is: --hw-key (sextant ceilings lists them).',
      )
    return findHardware(ceilings, names, model)
  }
  const found = findHardware(ceilings, names, given)
  const [key] = keys
  if (keys.size > 0 && (keys.size > 1 || !isSame(found, ceilings, names, key ?? '')))
    throw new SextantError(
      'ambiguous',
      `--hw-key says ${given}, and the series are of ${distinct.join(', ')}: %SoL would be of another part’s peak`,
      'Leave --hw-key out, or select the hosts that it is meant for.',
      { given, models: distinct },
    )
  return found
}

function isSame(found: FoundHardware, ceilings: Ceilings, names: DeviceNames, key: string): boolean {
  if (found.hardware.key === key || names.fieldKeys.get(found.hardware.key) === key) return true
  try {
    return findHardware(ceilings, names, key).hardware === found.hardware
  } catch {
    return false
  }
}

/** The key as the field's files spell it; ours where they have none. */
export function fieldKeyOf(key: string, names: DeviceNames): string {
  return [...names.fieldKeys].find(([, ours]) => ours === key)?.[0] ?? key
}
