/** Parts of a deployment from several files as one, with what they disagree on. */
import { isSecret, NOT_SHOWN } from '#base/secret-name.ts'
import { type DeploymentFile, deploymentSchema } from '#formats/deployment.ts'
import type { Synthesis } from '#formats/synthesis.ts'
import { type DeploymentPart, partKinds, record, type Scalar } from './deployment-part.ts'

export interface JoinedDeployment {
  /** Absent where no part names an engine. */
  readonly file?: DeploymentFile
  readonly disagreements: Synthesis['deploymentDisagreements']
  readonly unlisted: readonly string[]
  readonly notes: readonly string[]
}

interface Told {
  readonly value: Scalar
  readonly source: string
}

const ranked = (parts: readonly DeploymentPart[]): DeploymentPart[] =>
  [...parts].sort(
    (a, b) => partKinds.indexOf(a.kind) - partKinds.indexOf(b.kind) || (a.source < b.source ? -1 : a.source > b.source ? 1 : 0),
  )

/**
 * The order of the parts does not matter: a deployment/1 file counts before a command, a command before values of a chart, these before the
 * log’s dump of arguments. What is in force comes from the log first, sizes of a model from its own configuration first.
 */
export function joinParts(parts: readonly DeploymentPart[]): JoinedDeployment {
  const order = ranked(parts)
  const disagreements = new Disagreements()
  const engines = order.flatMap(({ engine, source }) => (engine?.name === undefined ? [] : [{ engine, source }]))
  const name = engines[0]?.engine.name
  const told = { disagreements, order }
  const engine = fieldsOf(told, 'engine', ({ engine: said }) => said)
  const notes = order.flatMap((part) => part.notes ?? [])
  const unlisted = [...new Set(order.flatMap((part) => part.unlisted ?? []))].sort()
  // The served name is what people know it by; sizes stand in config.json.
  const sizes = fieldsOf({ ...told, order: [...order].reverse() }, 'model', ({ model: { name: _name, ...said } = {} }) => said)
  const named = fieldsOf(told, 'model', ({ model: said }) => (said?.name === undefined ? undefined : { name: said.name }))
  const model = { ...named, ...sizes }
  const given = order.filter((part) => part.engine?.name === name)
  const file =
    name === undefined
      ? undefined
      : deploymentSchema.parse({
          schema: 'deployment/1',
          engine: { ...engine, name },
          arguments: withoutSecrets(fieldsOf({ disagreements, order: given }, 'arguments', (part) => part.arguments)),
          environment: withoutSecrets(fieldsOf({ disagreements, order: given }, 'environment', (part) => part.environment)),
          ...whole(
            'resolved',
            fieldsOf({ disagreements, order: [...given].reverse() }, 'resolved', (part) => part.resolved),
          ),
          ...whole('model', model),
          ...whole('hardware', {
            ...fieldsOf(told, 'hardware', (part) => part.hardware),
            ...first(order, (part) => part.hardware?.gpuUuids, 'gpuUuids'),
          }),
          ...whole(
            'workload',
            fieldsOf(told, 'workload', (part) => part.workload),
          ),
          ...first(order, (part) => part.launch, 'launch'),
          ...first(order, (part) => part.krhpa, 'krhpa'),
        })
  return { ...(file === undefined ? {} : { file }), disagreements: disagreements.rows(), unlisted, notes }
}

/** Deployments go into reports: what may be a secret does not. */
const withoutSecrets = (fields: Readonly<Record<string, Scalar>>): Record<string, Scalar> =>
  record(Object.entries(fields).map(([key, value]) => [key, isSecret(key, value) ? NOT_SHOWN : value] as const))

/** Lists and commands are taken whole from the first part that says them. */
function first(order: readonly DeploymentPart[], of: (part: DeploymentPart) => unknown, key: string): object {
  const said = order.map(of).find((value) => value !== undefined)
  return said === undefined ? {} : { [key]: said }
}

const whole = (key: string, fields: Readonly<Record<string, unknown>>): object =>
  Object.keys(fields).length === 0 ? {} : { [key]: fields }

function fieldsOf(
  { order, disagreements }: { readonly order: readonly DeploymentPart[]; readonly disagreements: Disagreements },
  group: string,
  of: (part: DeploymentPart) => Readonly<Record<string, unknown>> | undefined,
): Record<string, Scalar> {
  const told = new Map<string, Told[]>()
  for (const part of order) {
    for (const [key, value] of Object.entries(of(part) ?? {})) {
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue
      const before = told.get(key)
      if (before === undefined) told.set(key, [{ value, source: part.source }])
      else before.push({ value, source: part.source })
    }
  }
  for (const [key, said] of told) disagreements.add(`${group}.${key}`, said)
  return record([...told].flatMap(([key, [first]]) => (first === undefined ? [] : [[key, first.value] as const])))
}

/** A served name and a path on disk are often two names of one model: only the last parts are compared. */
const comparable = (field: string, value: Scalar): string =>
  field === 'model.name' ? (String(value).replace(/\/+$/, '').split('/').pop() ?? '').toLowerCase() : String(value)

class Disagreements {
  readonly #rows: { field: string; says: { source: string; value: string }[] }[] = []

  add(field: string, said: readonly Told[]): void {
    if (new Set(said.map(({ value }) => comparable(field, value))).size < 2) return
    const says = said.map(({ source, value }) => ({ source, value: isSecret(field, value) ? NOT_SHOWN : String(value) }))
    this.#rows.push({ field, says })
  }

  rows(): Synthesis['deploymentDisagreements'] {
    return this.#rows.sort((a, b) => (a.field < b.field ? -1 : a.field > b.field ? 1 : 0))
  }
}
