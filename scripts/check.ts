/** Everything that must hold before a commit; a failing step prints the command that mends it, and the others still run. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Step {
  readonly title: string
  readonly command: readonly string[]
  readonly mend: string
}

const root = resolve(fileURLToPath(import.meta.url), '../..')
const steps: readonly Step[] = [
  { title: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'], mend: 'npx biome check --write .' },
  { title: 'types', command: ['tsc', '-p', 'tsconfig.json'], mend: 'npx tsc -p tsconfig.json' },
  { title: 'types of the rooms that run anywhere', command: ['tsc', '-p', 'tsconfig.pure.json'], mend: 'npx tsc -p tsconfig.pure.json' },
  { title: 'generated files', command: ['tsx', 'scripts/generate.ts', '--check'], mend: 'npm run generate' },
  { title: 'tests', command: ['vitest', 'run'], mend: 'npx vitest run PATH' },
]

const failed: Step[] = []
for (const step of steps) {
  const started = performance.now()
  const [program = '', ...args] = step.command
  const run = spawnSync(resolve(root, 'node_modules/.bin', program), args, { cwd: root, stdio: 'inherit' })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${run.status === 0 ? 'ok    ' : 'FAILED'} ${step.title} (${seconds} s)`)
  if (run.status !== 0) failed.push(step)
}
for (const step of failed) console.log(`\n${step.title} failed: see above. To mend: ${step.mend}`)
process.exitCode = failed.length === 0 ? 0 : 1
