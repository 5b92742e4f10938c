/** `deployment/1`, as a person or `synthesize` wrote it. */
import { canonicalArgument } from '#analysis/knobs/spelling.ts'
import { SextantError } from '#base/errors.ts'
import { nearName } from '#base/near-name.ts'
import { deploymentSchema } from '#formats/deployment.ts'
import type { EngineKnobs } from '#formats/engine-knobs.ts'
import { type DeploymentPart, record } from './deployment-part.ts'
import { flatten } from './flatten.ts'

/** Nested objects and JSON texts among the arguments are taken as dotted keys. Throws `unknown_format` with the field that is wrong. */
export function readFile(value: unknown, source: string, knobs: EngineKnobs): DeploymentPart {
  if (typeof value === 'object' && value !== null && 'schema' in value && value.schema !== 'deployment/1') {
    throw new SextantError('newer_format', `${source} is ${String(value.schema)}, this program reads deployment/1`, 'Use a newer Sextant.')
  }
  const parsed = deploymentSchema.safeParse(withFlatArguments(value))
  if (!parsed.success) throw wrong(source, parsed.error.issues[0])
  const { engine, arguments: given, environment, resolved, model, hardware, workload, launch, krhpa } = parsed.data
  const entries = Object.entries(given).map(([key, each]) => [canonicalArgument(key, engine.name, knobs), each] as const)
  return {
    kind: 'deployment',
    source,
    engine,
    arguments: record(entries),
    environment,
    ...(resolved === undefined ? {} : { resolved }),
    ...(model === undefined ? {} : { model }),
    ...(hardware === undefined ? {} : { hardware }),
    ...(workload === undefined ? {} : { workload }),
    ...(launch === undefined ? {} : { launch }),
    ...(krhpa === undefined ? {} : { krhpa }),
  }
}

function withFlatArguments(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const given = 'arguments' in value ? value.arguments : undefined
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { environment: {}, arguments: {}, ...value }
  const flat = Object.entries(given).flatMap(([key, each]) => [...flatten(parsedText(each), key)])
  return { environment: {}, ...value, arguments: record(flat) }
}

function parsedText(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*\{/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

const fields = ['schema', 'engine', 'arguments', 'environment', 'resolved', 'model', 'hardware', 'workload', 'launch', 'krhpa']

function wrong(
  source: string,
  issue: { readonly path: PropertyKey[]; readonly message: string; readonly code?: string; readonly keys?: unknown } | undefined,
): SextantError {
  const path = issue?.path.map(String).join('.') ?? ''
  const unknown = Array.isArray(issue?.keys) ? String(issue.keys[0]) : undefined
  const near = unknown === undefined ? undefined : nearName(unknown, fields)
  const where = path === '' ? '' : `${path}: `
  return new SextantError(
    'unknown_format',
    `${source} is no deployment/1: ${where}${issue?.message ?? 'it has another shape'}`,
    near === undefined ? 'Compare it with docs/schemas/deployment-1.json.' : `Did you mean ${near}?`,
    path === '' ? {} : { field: path },
  )
}
