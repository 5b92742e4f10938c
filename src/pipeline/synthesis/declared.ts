/** What the bundle and the caller declare of the deployment, joined; the caller's files are asked too, not instead. */
import type { SextantError } from '#base/errors.ts'
import { isSextantError } from '#base/errors.ts'
import type { DeploymentFile } from '#formats/deployment.ts'
import type { EngineKnobs } from '#formats/engine-knobs.ts'
import type { Synthesis } from '#formats/synthesis.ts'
import { loadEngineKnobs } from '#pipeline/engine-knobs.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import type { BundleFile } from './bundle-files.ts'
import type { DeploymentPart } from './deployment/deployment-part.ts'
import { joinParts } from './deployment/join-parts.ts'
import { findDeployment, readEngineConfig, readModelConfig } from './deployment.ts'
import type { GatherOptions } from './gathered.ts'

export interface Declared {
  readonly file?: DeploymentFile
  readonly disagreements: Synthesis['deploymentDisagreements']
  /** Files of the bundle that say something of a deployment, each with what could not be read of it. */
  readonly found: ReadonlyMap<string, readonly string[]>
  /** Files that are a deployment and cannot be read. */
  readonly broken: ReadonlyMap<string, SextantError>
}

/** Throws where a file that the caller named says nothing of a deployment. */
export function declaredDeployment(configRoot: string, files: readonly BundleFile[], options: GatherOptions): Declared {
  const knobs = loadEngineKnobs(configRoot)
  const parts = [...givenParts(options, knobs)]
  const found = new Map<string, readonly string[]>()
  const broken = new Map<string, SextantError>()
  for (const { form, path, place } of files) {
    if (form !== 'other') continue
    try {
      const part = findDeployment(path, place, knobs)
      if (part === undefined) continue
      parts.push(part)
      found.set(place, part.notes ?? [])
    } catch (error) {
      if (!isSextantError(error)) throw error
      broken.set(place, error)
    }
  }
  const { file, disagreements } = joinParts(parts)
  return { ...(file === undefined ? {} : { file }), disagreements, found, broken }
}

function givenParts({ engineConfig, modelConfig }: GatherOptions, knobs: EngineKnobs): DeploymentPart[] {
  const named = (path: string) => sourceNames([path])[0] ?? path
  return [
    ...(engineConfig === undefined ? [] : [readEngineConfig(engineConfig, named(engineConfig), knobs)]),
    ...(modelConfig === undefined ? [] : [readModelConfig(modelConfig, named(modelConfig))]),
  ]
}
