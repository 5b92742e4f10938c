/** The shipped ceilings and device names, or a file of ceilings that somebody else wrote; each read once per process. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type Ceilings, compileCeilings } from '#analysis/ceilings.ts'
import { compileDeviceNames, type DeviceNames } from '#analysis/hardware-names.ts'
import { SextantError } from '#base/errors.ts'
import { deviceNamesSchema, solCeilingsSchema } from '#formats/sol-ceilings.ts'
import { fileError } from '#platform/access.ts'
import { readShippedYaml } from './shipped-yaml.ts'

export interface LoadedCeilings {
  readonly ceilings: Ceilings
  /** Of the file's bytes: what a citation names. */
  readonly sha256: string
}

/** The largest published file has 20 kB; this keeps a hostile one from being parsed for minutes. */
const MAX_BYTES = 8 * 1024 * 1024

export const SHIPPED = 'sol-ceilings.yaml'

const loadedCeilings = new Map<string, LoadedCeilings>()
const loadedNames = new Map<string, DeviceNames>()

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(path, error)
  }
}

/** Those of the installation. Throws on a file that its own schema refuses: that is a broken installation. */
export function loadShippedCeilings(configRoot: string): LoadedCeilings {
  const path = join(configRoot, SHIPPED)
  const known = loadedCeilings.get(path)
  if (known !== undefined) return known
  const ceilings = compileCeilings(solCeilingsSchema.parse(readShippedYaml(path)))
  const loaded = { ceilings, sha256: sha256Of(textOf(path)) }
  loadedCeilings.set(path, loaded)
  return loaded
}

/** Any file in the shape of `configs/sol-ceilings.yaml`. Throws `unknown_format` where it holds no hardware. */
export function loadCeilings(path: string): LoadedCeilings {
  const known = loadedCeilings.get(path)
  if (known !== undefined) return known
  const text = textOf(path)
  const loaded = { ceilings: compileCeilings(ceilingsOf(text, path)), sha256: sha256Of(text) }
  if (loaded.ceilings.hardware.size === 0) throw notCeilings(path, 'it holds no hardware')
  loadedCeilings.set(path, loaded)
  return loaded
}

function ceilingsOf(text: string, path: string): ReturnType<typeof solCeilingsSchema.parse> {
  if (text.length > MAX_BYTES) throw notCeilings(path, `it is larger than ${MAX_BYTES} bytes`)
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw notCeilings(path, 'it is not YAML', error)
  }
  const parsed = solCeilingsSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw notCeilings(path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, parsed.error)
}

function notCeilings(path: string, why: string, cause?: unknown): SextantError {
  return new SextantError(
    'unknown_format',
    `${path} is no file of ceilings: ${why}`,
    'Give a YAML file with a key per hardware and metrics of {value, units, source}, as configs/sol-ceilings.yaml.',
    {},
    cause,
  )
}

export function loadDeviceNames(configRoot: string): DeviceNames {
  const path = join(configRoot, 'device-names.yaml')
  const known = loadedNames.get(path)
  if (known !== undefined) return known
  const names = compileDeviceNames(deviceNamesSchema.parse(readShippedYaml(path)))
  loadedNames.set(path, names)
  return names
}
