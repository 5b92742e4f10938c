/** Family and run of a bundle: of its manifest; else a folder of captures, by its name. */
import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Synthesis } from '#formats/synthesis.ts'
import { readManifest } from '#store/bundle/manifest.ts'

/** @param shown the bundle as the caller named it. Throws where the manifest is damaged. */
export function bundleOf(folder: string, shown: string): Synthesis['bundle'] {
  if (existsSync(join(folder, 'manifest.json'))) {
    const { family, run_id } = readManifest(folder, shown)
    return { family, run_id }
  }
  return { family: 'unsorted', run_id: basename(resolve(folder)) || 'bundle' }
}
