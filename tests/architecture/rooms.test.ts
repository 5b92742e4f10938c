/** The allow-table of docs/architecture.md, proven on the real linter configuration: every room pair is tried. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkoutRoot } from '../support/checkout.ts'

const allowed: Record<string, readonly string[]> = {
  base: [],
  formats: ['base'],
  model: ['base', 'formats'],
  analysis: ['base', 'formats', 'model'],
  platform: ['base'],
  readers: ['base', 'formats', 'model', 'platform'],
  sources: ['base', 'formats', 'model', 'platform'],
  store: ['base', 'formats', 'model', 'platform'],
  pipeline: ['base', 'formats', 'model', 'analysis', 'platform', 'readers', 'sources', 'store'],
  report: ['base', 'formats', 'platform'],
  commands: ['base', 'formats', 'model', 'analysis', 'platform', 'readers', 'sources', 'store', 'pipeline', 'report', 'sim'],
  cli: ['base', 'platform', 'commands'],
  mcp: ['base', 'platform', 'commands'],
  sim: ['base', 'formats'],
}
const rooms = Object.keys(allowed)

/** Never in git: `.cache` is ignored, and biome is told to look all the same. */
let workspace = ''
beforeAll(() => {
  mkdirSync(join(checkoutRoot, '.cache'), { recursive: true })
  workspace = mkdtempSync(join(checkoutRoot, '.cache', 'rooms-'))
})
afterAll(() => rmSync(workspace, { recursive: true, force: true }))

interface Diagnostic {
  readonly category: string
  readonly location: { readonly path: string | { readonly file: string } | null }
}

/** Lints `files` (path in the checkout -> text) under the project's own rules; the paths with a refused import. */
function refused(files: ReadonlyMap<string, string>): Set<string> {
  for (const [path, text] of files) {
    mkdirSync(join(workspace, path, '..'), { recursive: true })
    writeFileSync(join(workspace, path), text)
  }
  const config = join(workspace, 'biome.json')
  writeFileSync(
    config,
    JSON.stringify({ root: true, extends: [relative(workspace, join(checkoutRoot, 'biome.json'))], vcs: { enabled: false } }),
  )
  const biome = join(checkoutRoot, 'node_modules/@biomejs/biome/bin/biome')
  const run = spawnSync(process.execPath, [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.'], {
    cwd: workspace,
    encoding: 'utf8',
  })
  const start = run.stdout.indexOf('{')
  const report = JSON.parse(run.stdout.slice(start)) as { diagnostics: Diagnostic[] }
  const paths = new Set<string>()
  for (const diagnostic of report.diagnostics) {
    if (diagnostic.category !== 'lint/style/noRestrictedImports') continue
    const path = diagnostic.location.path
    if (path !== null) paths.add(typeof path === 'string' ? path : path.file)
  }
  return new Set([...paths].map((path) => path.replace(/^\.\//, '')))
}

function fileIn(room: string, name: string): string {
  return room === 'sim' ? `sim/${name}.ts` : `src/${room}/${name}.ts`
}

test('every room may import exactly the rooms of the allow-table', () => {
  const files = new Map<string, string>()
  const wrong = new Set<string>()
  for (const room of rooms) {
    for (const other of rooms) {
      const path = fileIn(room, `imports-${other}`)
      files.set(path, `import { thing } from '#${other}/deep/thing.ts'\n\nexport const again = thing\n`)
      if (room !== other && !allowed[room]?.includes(other)) wrong.add(path)
    }
  }
  expect(refused(files)).toEqual(wrong)
})

test('no way around the alias: parent paths, node modules and packages that a room does not have', () => {
  const wrong = new Map([
    ['src/analysis/by-parent.ts', `import { thing } from '../readers/thing.ts'\n\nexport const again = thing\n`],
    ['src/analysis/by-node.ts', `import { readFileSync } from 'node:fs'\n\nexport const again = readFileSync\n`],
    ['src/readers/nsys/by-package.ts', `import { thing } from 'zod'\n\nexport const again = thing\n`],
    ['src/readers/nsys/by-type.ts', `import type { Thing } from '#analysis/thing.ts'\n\nexport type Again = Thing\n`],
    ['src/readers/nsys/by-export.ts', `export { thing } from '#analysis/thing.ts'\n`],
    ['src/readers/nsys/lazily.ts', `export const again = () => import('#analysis/thing.ts')\n`],
    ['sim/by-model.ts', `import { thing } from '#model/timeline.ts'\n\nexport const again = thing\n`],
  ])
  const right = new Map([
    ['src/analysis/beside.ts', `import { thing } from './gates/thing.ts'\n\nexport const again = thing\n`],
    ['src/readers/nsys/inside.ts', `import { thing } from '#readers/scan/thing.ts'\n\nexport const again = thing\n`],
    ['src/platform/contract.ts', `import type { Probe } from '#model/reader.ts'\n\nexport type Again = Probe\n`],
    ['src/analysis/budget.test.ts', `import { thing } from '#readers/thing.ts'\n\nexport const again = thing\n`],
  ])
  expect([...refused(new Map([...wrong, ...right]))].filter((path) => wrong.has(path) || right.has(path)).sort()).toEqual(
    [...wrong.keys()].sort(),
  )
})
