/** One generated deployment through the real command, held against its truth. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Synthesis, synthesisSchema } from '#formats/synthesis.ts'
import { generateDeployment } from '#sim/deployment/generate.ts'
import { writeDeployment } from '#sim/deployment/write-deployment.ts'
import { type Judged, judge } from './ground-truth.ts'
import { askInProcess } from './in-process.ts'

/** Writes deployment `index` of `seed` below `folder`, synthesizes it and removes it again. The truth never lies in the bundle. */
export async function synthesizeGenerated(seed: number, index: number, folder: string): Promise<Judged> {
  const { deployment, truth } = generateDeployment(seed, index)
  const bundle = join(folder, deployment.name)
  try {
    writeDeployment(deployment, bundle)
    const synthesis: Synthesis = synthesisSchema.parse(await askInProcess(['synthesize', bundle, '--dry-run', '--json']))
    return judge(synthesis, truth)
  } finally {
    rmSync(bundle, { recursive: true, force: true })
  }
}
