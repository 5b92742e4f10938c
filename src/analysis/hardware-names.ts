/** From a device's name, as any tool prints it, to the key of its ceilings. */
import { SextantError } from '#base/errors.ts'
import { nearName } from '#base/near-name.ts'
import type { DeviceNamesFile } from '#formats/sol-ceilings.ts'

export interface KnownDevice {
  readonly key: string
  /** What the name leaves open and this answer takes for granted. */
  readonly assumes?: string
}

export interface DeviceNames {
  /** Names without case and punctuation. */
  readonly known: ReadonlyMap<string, KnownDevice>
  /** Keys of other files of ceilings -> ours. */
  readonly fieldKeys: ReadonlyMap<string, string>
}

export interface UnknownDevice {
  readonly key: undefined
  readonly reason: string
}

/** "NVIDIA A100-SXM4-80GB" and "a100_sxm4_80gb" are one name. */
export function compactName(name: string): string {
  return name
    .toLowerCase()
    .replace(/\((?:r|tm)\)/g, '')
    .replace(/\b(?:nvidia|amd|tesla|geforce)\b/g, '')
    .replace(/[^a-z0-9]+/g, '')
}

export function compileDeviceNames(file: DeviceNamesFile): DeviceNames {
  const known = new Map<string, KnownDevice>()
  for (const [token, device] of Object.entries(file.device_tokens)) known.set(compactName(token), device)
  for (const [key, each] of Object.entries(file.device_names)) {
    for (const name of [key, ...each.names]) known.set(compactName(name), { key })
  }
  return { known, fieldKeys: new Map(Object.entries(file.field_keys)) }
}

/** Exact but for spelling: a name that merely resembles a known one is another part, with other peaks. */
export function recogniseDevice(names: DeviceNames, given: string): KnownDevice | UnknownDevice {
  if (/\bMIG\b/.test(given)) return { key: undefined, reason: 'a MIG slice has a share of the device’s peaks that its name does not tell' }
  return names.known.get(compactName(given)) ?? { key: undefined, reason: 'no ceilings are known for a device of this name' }
}

/** Near spellings first, then keys that begin alike: what the caller may have meant. */
export function nearHardware(given: string, keys: readonly string[]): string[] {
  const wanted = compactName(given)
  const near = nearName(given, keys)
  const family = /^[a-z]+\d+/.exec(wanted)?.[0] ?? wanted
  const alike = family.length < 2 ? [] : keys.filter((key) => compactName(key).startsWith(family))
  return [...new Set([...(near === undefined ? [] : [near]), ...alike])].slice(0, 6)
}

/** A GPU without ceilings is an error, never another GPU's numbers (traps E10, H9). */
export function unknownHardware(reason: string, given: string, keys: readonly string[]): SextantError {
  const near = nearHardware(given, keys)
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(' or ')}? \`sextant ceilings\` lists all.`
      : 'Run `sextant ceilings` for the list, or give a file of your own.'
  return new SextantError('missing_data', reason, hint, { near, known: [...keys] })
}
