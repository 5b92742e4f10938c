/** The example that the repository carries for `npm run demo`: `tsx sim/example.ts DIR` writes it again. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type WrittenCase, writeCase } from './write-case.ts'

/** The worked example with fewer layers and the same times, so that both captures stay below 1 MB together. */
const change = { layers: 5, name: 'glm51-decode-c1' }
const seed = 20_260_101

/** Writes `glm51-decode-c1.sqlite` (nsys) and `glm51-decode-c1.pt.trace.json.gz` (kineto) into `dir`. */
export async function writeExample(dir: string): Promise<readonly WrittenCase[]> {
  const common = { change, withoutTruthFile: true }
  return [
    await writeCase('glm51-worked-example', seed, dir, { ...common, schema: '3.24.0' }),
    await writeCase('glm51-worked-example', seed, dir, { ...common, format: 'kineto', gzip: true }),
  ]
}

/** Writes `glm51-decode-c1.ncu.csv` into `dir`: counters of half of the kernels of the timeline, spelled as Nsight Compute does. */
export async function writeExampleCounters(dir: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-example-'))
  try {
    // 7.7 TB/s: what eight of these devices in one HGX board have each.
    const ncu = { dramBytesPerS: 7.7e12, device: 'NVIDIA B200', spelling: 'edg', countedRatio: 0.6, otherShapeRatio: 0.15 } as const
    const written = await writeCase('glm51-worked-example', seed, folder, { change, withoutTruthFile: true, schema: '3.24.0', ncu })
    const from = written.ncu?.file ?? ''
    const to = join(dir, basename(from))
    copyFileSync(from, to)
    return to
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const [, script, target, counters] = process.argv
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  if (target === undefined) throw new Error('usage: tsx sim/example.ts DIR [DIR of counters]')
  await writeExample(target)
  if (counters !== undefined) await writeExampleCounters(counters)
}
