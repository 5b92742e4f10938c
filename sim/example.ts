/** The example that the repository carries for `npm run demo`: `tsx sim/example.ts DIR` writes it again. */
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

const [, script, target] = process.argv
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  if (target === undefined) throw new Error('usage: tsx sim/example.ts DIR')
  await writeExample(target)
}
