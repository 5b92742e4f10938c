/** What the bundle and the caller declare of the deployment. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { SextantError } from '#base/errors.ts'
import { type DeploymentFile, deploymentSchema } from '#formats/deployment.ts'
import type { Synthesis } from '#formats/synthesis.ts'
import { fileError } from '#platform/access.ts'
import type { BundleFile } from './bundle-files.ts'
import type { GatherOptions } from './gathered.ts'

export interface Declared {
  readonly file?: DeploymentFile
  readonly disagreements: Synthesis['deploymentDisagreements']
  /** Places of the files that it was read from. */
  readonly places: ReadonlySet<string>
}

const MOST_BYTES = 1024 * 1024

export function declaredDeployment(files: readonly BundleFile[], options: GatherOptions): Declared {
  if (options.engineConfig !== undefined) {
    const file = deploymentIn(options.engineConfig)
    if (file !== undefined) return { file, disagreements: [], places: new Set() }
    throw new SextantError('unknown_format', `${options.engineConfig} is no deployment`, 'Give a file of schema deployment/1.')
  }
  for (const { form, path, place } of files) {
    const file = form === 'other' ? deploymentIn(path) : undefined
    if (file !== undefined) return { file, disagreements: [], places: new Set([place]) }
  }
  return { disagreements: [], places: new Set() }
}

/** Undefined where the file does not say that it is one. Throws where it says so and is not. */
function deploymentIn(path: string): DeploymentFile | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(path, error)
  }
  if (text.length > MOST_BYTES || !text.includes('deployment/1')) return undefined
  let value: unknown
  try {
    value = parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('schema' in value) || value.schema !== 'deployment/1') return undefined
  const parsed = deploymentSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new SextantError(
    'unknown_format',
    `${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    'Write it in the shape of deployment/1 (docs/schemas/deployment-1.json).',
  )
}
