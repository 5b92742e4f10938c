/**
 * `npm run demo`: the main job on the example that the repository carries, through the built binary.
 * `npm run demo -- --readme` writes what it prints into README.md, between its two marks.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(fileURLToPath(import.meta.url), '../..')
const capture = 'examples/decode-host-bound/glm51-decode-c1.sqlite'

/** The same on every terminal: the README quotes it. */
const COLUMNS = '100'

const steps: readonly { readonly says: string; readonly args: readonly string[] }[] = [
  { says: '1. What is in this capture, can it be trusted, what can it not say?', args: ['analyze', capture] },
  {
    says: '2. Where does each decode step go, and does that agree with the 6.4 ms per token that the load driver saw?',
    args: ['decode-budget', capture, '--tpot-ms', '6.4'],
  },
  { says: '3. Which kernels?', args: ['kernels', capture, '--by', 'family', '--limit', '5'] },
  {
    says: '4. Nsight Systems, Nsight Compute, zymtrace, DCGM and a benchmark of one deployment (generated): what should it change first?',
    args: ['synthesize', 'examples/synthesis-bundle', '--dry-run'],
  },
]

/** All that the demo prints. Throws with the command's own message where one fails. */
export function demoText(binary: string): string {
  // A cache of its own: a demonstration leaves nothing behind.
  const cache = mkdtempSync(join(tmpdir(), 'sextant-demo-'))
  try {
    return steps.map(({ says, args }) => `# ${says}\n$ sextant ${args.join(' ')}\n\n${answerOf(binary, args, cache)}`).join('\n')
  } finally {
    rmSync(cache, { recursive: true, force: true })
  }
}

function answerOf(binary: string, args: readonly string[], cache: string): string {
  const env = { ...process.env, SEXTANT_CACHE: cache, SEXTANT_COLUMNS: COLUMNS }
  const run = spawnSync(process.execPath, [binary, ...args], { cwd: root, encoding: 'utf8', env })
  if (run.status !== 0) throw new Error(`sextant ${args.join(' ')} ended with ${run.status}:\n${run.stderr}`)
  return run.stdout
}

const quoted = /(<!-- demo: npm run demo -- --readme -->\n```text\n)[\s\S]*?(```\n<!-- end of demo -->)/

/** README.md with the demo's output between the marks; throws where the marks are gone. */
export function quotedInReadme(readme: string, demo: string): string {
  if (!quoted.test(readme)) throw new Error('README.md has lost the marks of the demo')
  return readme.replace(quoted, (_, before: string, after: string) => `${before}${demo}${after}`)
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const demo = demoText(join(root, 'dist/sextant.js'))
  process.stdout.write(demo)
  const readme = join(root, 'README.md')
  if (process.argv.includes('--readme')) writeFileSync(readme, quotedInReadme(readFileSync(readme, 'utf8'), demo))
}
