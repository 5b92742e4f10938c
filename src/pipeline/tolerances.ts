/** The shipped tolerances, or a file of the same shape. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { SextantError } from '#base/errors.ts'
import { type TolerancesFile, tolerancesSchema } from '#formats/tolerances.ts'
import { fileError } from '#platform/access.ts'
import { readShippedYaml } from './shipped-yaml.ts'

export function loadTolerances(configRoot: string, path?: string): TolerancesFile {
  if (path === undefined) return tolerancesSchema.parse(readShippedYaml(join(configRoot, 'tolerances.yaml')))
  let value: unknown
  try {
    value = parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw fileError(path, error)
  }
  const parsed = tolerancesSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new SextantError(
    'unknown_format',
    `${path} is no file of tolerances: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    'Give a YAML file in the shape of configs/tolerances.yaml.',
  )
}
