/** What only the real process can show: exit statuses, closed pipes, terminal control, start-up. */
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { commandRegistry } from '../../src/commands/registry.ts'
import { builtBinary } from '../support/binary.ts'
import { checkoutRoot } from '../support/checkout.ts'

let binary = ''
beforeAll(async () => {
  binary = await builtBinary()
})

function sextant(...args: string[]) {
  return spawnSync(process.execPath, [binary, ...args], { cwd: checkoutRoot, encoding: 'utf8' })
}

test('--help names every command, --version is the package version', () => {
  const { status, stdout, stderr } = sextant('--help')
  expect([status, stderr]).toEqual([0, ''])
  for (const { name, summary } of commandRegistry)
    expect(stdout).toMatch(new RegExp(`^ {2}${name} +${summary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'm'))
  expect(sextant('--version').stdout).toBe(`${packageJson.version}\n`)
})

test('no arguments is a usage error that shows the same text', () => {
  expect(sextant()).toMatchObject({ status: 2, stdout: sextant('--help').stdout })
})

test('--help parses neither zod nor commander: their chunks are not reached without asking for a command', () => {
  const reached = new Set<string>()
  const walk = (path: string) => {
    if (reached.has(path)) return
    reached.add(path)
    // Static imports only: `import("…")` is what keeps the rest away.
    const text = readFileSync(path, 'utf8')
    for (const [, target = ''] of text.matchAll(/(?:from|import) ?"(\.{1,2}\/[^"]+)"/g)) walk(join(dirname(path), target))
  }
  walk(binary)
  const run = /import\("(\.\/chunks\/run-[^"]+)"\)/.exec(readFileSync(binary, 'utf8'))?.[1] ?? ''
  walk(join(dirname(binary), run))
  const bytes = [...reached].reduce((sum, path) => sum + readFileSync(path).length, 0)
  expect(reached.size).toBeGreaterThan(1)
  expect(bytes, [...reached].join('\n')).toBeLessThan(60_000)
})

test('the languages of zod stay out of every file: `import { z }` anywhere would bring them all', () => {
  const sentence = 'Input non valido'
  expect(readFileSync(join(checkoutRoot, 'node_modules/zod/v4/locales/it.js'), 'utf8')).toContain(sentence)
  const files = readdirSync(dirname(binary), { recursive: true, encoding: 'utf8' }).filter((name) => /\.c?js$/.test(name))
  expect(files.length).toBeGreaterThan(10)
  expect(files.filter((name) => readFileSync(join(dirname(binary), name), 'utf8').includes(sentence))).toEqual([])
})

test('what V8 compiled at the build is taken, and a bundle without it, or with another’s, answers the same', () => {
  const args = ['timeline', 'examples/decode-host-bound/glm51-decode-c1.sqlite', '--json', '--no-cache']
  const cache = join(dirname(binary), 'capture-door.cache')
  const isRejected = () => {
    const code = `const { script } = await import(${JSON.stringify(join(dirname(binary), 'capture-door.js'))}); console.log(script.cachedDataRejected)`
    const { NODE_OPTIONS: _, ...env } = process.env
    return spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8', env }).stdout.trim()
  }
  const kept = readFileSync(cache)
  const expected = sextant(...args)
  expect([expected.status, isRejected()]).toEqual([0, 'false'])
  try {
    writeFileSync(cache, Buffer.from('of another V8'))
    expect(isRejected()).toBe('true')
    expect(sextant(...args)).toMatchObject({ status: 0, stdout: expected.stdout })
    rmSync(cache)
    expect(sextant(...args)).toMatchObject({ status: 0, stdout: expected.stdout })
  } finally {
    writeFileSync(cache, kept)
  }
})

test('a reader that goes away is no error', async () => {
  const child = spawn(process.execPath, [binary, 'formats', '--json'], { cwd: checkoutRoot, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk)
  })
  const status = await new Promise((fulfil) => child.once('close', fulfil))
  expect([status, stderr]).toEqual([0, ''])
})

test('piped text has no end of line but the one that SEXTANT_COLUMNS names', () => {
  const widest = (columns?: string) => {
    const env = columns === undefined ? process.env : { ...process.env, SEXTANT_COLUMNS: columns }
    const { stdout } = spawnSync(process.execPath, [binary, 'formats'], { cwd: checkoutRoot, encoding: 'utf8', env })
    return Math.max(...stdout.split('\n').map((line) => line.length))
  }
  expect(widest()).toBeGreaterThan(60)
  expect(widest('60')).toBe(60)
  expect(widest('nonsense')).toBe(widest())
})

test('text that would command the terminal is shown instead', () => {
  const { status, stderr } = sextant('\u001b[31mcommand')
  expect(status).toBe(2)
  expect(stderr).not.toContain('\u001b')
})

test('the MCP door says how it is used and refuses a root that is none', () => {
  expect(sextant('mcp', '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--root') })
  expect(sextant('mcp', '--root', 'package.json')).toMatchObject({ status: 2, stderr: expect.stringContaining('not a folder') })
  expect(sextant('mcp', '--bogus').status).toBe(2)
  expect(sextant('mcp'), 'stdin that is empty').toMatchObject({ status: 0, stdout: '', stderr: '' })
})

test('perftunereport answers the field’s verb as the command it is', () => {
  const args = ['--frozen-yaml', 'examples/dcgm/campaign/cells/decode-c64/dcgm-frozen.yaml', '--json']
  const run = (name: string, ...words: string[]) =>
    spawnSync(process.execPath, [join(dirname(binary), name), ...words, ...args], { cwd: checkoutRoot, encoding: 'utf8' })
  const ours = run('sextant.js', 'dcgm', 'correlate')
  expect(run('perftunereport.js', 'dcgm_correlate')).toMatchObject({ status: 0, stdout: ours.stdout })
  expect(ours.stdout).toContain('"dcgm-correlation/1"')
})
