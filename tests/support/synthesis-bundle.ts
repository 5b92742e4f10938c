/** Evidence bundles for tests, by the program's own functions, and their synthesis in this process. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateDeployment } from '../../sim/deployment/generate.ts'
import type { DeploymentTruth } from '../../sim/deployment/truth.ts'
import { writeDeployment } from '../../sim/deployment/write-deployment.ts'
import type { Focus, Synthesis } from '../../src/formats/synthesis.ts'
import { synthesize } from '../../src/pipeline/synthesis/synthesize.ts'
import { addToBundle, initBundle } from '../../src/store/bundle/bundle.ts'
import { checkoutRoot } from './checkout.ts'

const AT = '2026-01-01T00:00:00Z'

export interface TestBundle {
  /** Root of the experiments. */
  readonly root: string
  readonly folder: string
  readonly shown: string
  remove(): void
}

/** @param paths files or folders, each put into `raw/`. */
export async function bundleOf(runId: string, paths: readonly string[]): Promise<TestBundle> {
  const root = mkdtempSync(join(tmpdir(), 'sextant-bundle-'))
  const shown = initBundle(root, { family: 'test', runId, createdAtUtc: AT, toolVersion: '0.1.0', intent: 'a test' } as Parameters<
    typeof initBundle
  >[1])
  const folder = join(root, shown)
  await addToBundle(
    folder,
    shown,
    paths.map((path) => ({ path, shown: path, into: 'raw' })),
    AT,
  )
  return { root, folder, shown, remove: () => rmSync(root, { recursive: true, force: true }) }
}

export const synthesisContext = { env: {}, configRoot: join(checkoutRoot, 'configs'), cache: false } as const

export function synthesisOf({ folder, shown }: TestBundle, focus: Focus = 'mixed'): Promise<Synthesis> {
  return synthesize(synthesisContext, folder, shown, { focus, records: {}, version: '0.1.0' })
}

export interface GeneratedFiles {
  readonly folder: string
  readonly truth: DeploymentTruth
  remove(): void
}

/** The captures of a generated deployment. @param edit changes them before they are gathered. */
export function generatedFiles(seed: number, index: number): GeneratedFiles {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-generated-'))
  const { deployment, truth } = generateDeployment(seed, index)
  writeDeployment(deployment, folder)
  return { folder, truth, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
