/** `npm run demo`: the main job on the example that the repository carries, through the built binary. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(fileURLToPath(import.meta.url), '../..')
const steps: readonly (readonly string[])[] = [['formats']]

for (const args of steps) {
  console.log(`\n$ sextant ${args.join(' ')}\n`)
  const run = spawnSync(process.execPath, [resolve(root, 'dist/sextant.js'), ...args], { cwd: root, stdio: 'inherit' })
  if (run.status !== 0) process.exitCode = run.status ?? 1
}
