/** What one file says of a deployment. Parts of several files are joined by join-parts.ts. */
import type { DeploymentFile, EngineName, Model } from '#formats/deployment.ts'

export type Scalar = string | number | boolean

/** In falling order of what is believed of arguments where two differ; of what is in force the log is asked first. */
export const partKinds = ['deployment', 'command', 'values', 'log', 'model'] as const
export type PartKind = (typeof partKinds)[number]

export interface DeploymentPart {
  readonly kind: PartKind
  /** File, as it was named. */
  readonly source: string
  readonly engine?: Partial<Omit<DeploymentFile['engine'], 'name'>> & { readonly name?: EngineName }
  readonly arguments?: Readonly<Record<string, Scalar>>
  readonly environment?: Readonly<Record<string, string>>
  readonly resolved?: Readonly<Record<string, Scalar>>
  readonly model?: Model
  readonly hardware?: NonNullable<DeploymentFile['hardware']>
  readonly workload?: NonNullable<DeploymentFile['workload']>
  readonly launch?: NonNullable<DeploymentFile['launch']>
  readonly krhpa?: NonNullable<DeploymentFile['krhpa']>
  /** Arguments that the table of settings does not know: kept. */
  readonly unlisted?: readonly string[]
  /** What was not read and why, for a person. */
  readonly notes?: readonly string[]
}

/** A record of untrusted names: `__proto__` is a name like any other. */
export function record<Value>(entries: Iterable<readonly [string, Value]>): Record<string, Value> {
  return Object.fromEntries(entries)
}
