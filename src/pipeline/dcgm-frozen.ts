/** `dcgm_frozen_v1` files, read and written. */
import { readFileSync } from 'node:fs'
import { parse, stringify } from 'yaml'
import { SextantError } from '#base/errors.ts'
import { type DcgmFrozen, dcgmFrozenSchema } from '#formats/dcgm-frozen.ts'
import { fileError } from '#platform/access.ts'

/** A page of YAML; aliases that would expand are refused by the parser's own limit. */
const MAX_BYTES = 1024 * 1024

/** @param name for messages. Whether `hw_key` is a known hardware is the ceilings' to say. */
export function parseDcgmFrozen(text: string, name: string): DcgmFrozen {
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw new SextantError(
      'corrupt_file',
      `${name} is not YAML.`,
      'Correct it where the message points.',
      { problem: String(error) },
      error,
    )
  }
  const parsed = dcgmFrozenSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`)
  throw new SextantError(
    'corrupt_file',
    `${name} is no dcgm_frozen_v1: ${problems.join('; ')}.`,
    'Required: hw_key, n_gpus, sweep_start_utc, sweep_end_utc, resources[] with peak_key, metric, unit, measured_avg, promql.',
    { problems },
  )
}

export function loadDcgmFrozen(path: string, name = path): DcgmFrozen {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(path, error)
  }
  if (text.length > MAX_BYTES)
    throw new SextantError('limit_exceeded', `${name} is larger than ${MAX_BYTES} bytes.`, 'Give the frozen YAML of one window.', {
      limit: MAX_BYTES,
    })
  return parseDcgmFrozen(text, name)
}

export function renderDcgmFrozen(frozen: DcgmFrozen): string {
  return stringify(frozen)
}
