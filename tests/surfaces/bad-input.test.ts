/** What people really hand over: every file is answered by name, with what is wrong and what to do next; nothing is written beside it. */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ErrorCode, errorExitStatus } from '../../src/base/errors.ts'
import { Random } from '../../src/base/random.ts'
import { commandContext } from '../../src/commands/framework/context.ts'
import { commandRegistry } from '../../src/commands/registry.ts'
import { callTool } from '../../src/mcp/tools.ts'
import { fileError } from '../../src/platform/access.ts'
import { checkoutRoot } from '../support/checkout.ts'
import { runInProcess } from '../support/in-process.ts'

const example = join(checkoutRoot, 'examples/decode-host-bound')
const sqlite = readFileSync(join(example, 'glm51-decode-c1.sqlite'))
const trace = readFileSync(join(example, 'glm51-decode-c1.pt.trace.json.gz'))

let folder = ''
let cache = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-bad-'))
  cache = mkdtempSync(join(tmpdir(), 'sextant-bad-cache-'))
})
afterAll(() => {
  for (const each of [folder, cache]) rmSync(each, { recursive: true, force: true })
})

function place(name: string, bytes: Uint8Array | string): string {
  writeFileSync(join(folder, name), bytes)
  return name
}

function patched(offset: number, ...bytes: readonly number[]): Buffer {
  const copy = Buffer.from(sqlite)
  copy.set(bytes, offset)
  return copy
}

function randomBytes(length: number): Uint8Array {
  const random = new Random(7)
  return Uint8Array.from({ length }, () => random.uint32() % 256)
}

interface BadFile {
  readonly what: string
  readonly name: string
  readonly make: () => void
  readonly code: ErrorCode
  /** What the message or the hint must say beside the name. */
  readonly says: RegExp
}

const bad: readonly BadFile[] = [
  { what: 'a file that is not there', name: 'absent.sqlite', make: () => undefined, code: 'file_not_found', says: /no such file/ },
  { what: 'an empty file', name: 'empty.csv', make: () => place('empty.csv', ''), code: 'empty_file', says: /nsys stats.*abstention/ },
  {
    what: 'prose',
    name: 'notes.md',
    make: () => place('notes.md', '# Notes\nnothing\n'),
    code: 'unknown_format',
    says: /plain text.*Known formats: .*PyTorch/s,
  },
  {
    what: 'another JSON',
    name: 'other.json',
    make: () => place('other.json', '{"a":1}'),
    code: 'unknown_format',
    says: /JSON object that is not/,
  },
  { what: 'a web page', name: 'page.json', make: () => place('page.json', '<html>404'), code: 'unknown_format', says: /HTML/ },
  { what: 'a ZIP', name: 'a.zip', make: () => place('a.zip', 'PK\u0003\u0004rest'), code: 'unknown_format', says: /ZIP archive/ },
  {
    what: 'zipped prose',
    name: 'notes.gz',
    make: () => place('notes.gz', gzipSync('notes')),
    code: 'unknown_format',
    says: /gzip of plain text/,
  },
  {
    what: 'random bytes',
    name: 'secret.sqlite',
    make: () => place('secret.sqlite', randomBytes(65536)),
    code: 'encrypted_file',
    says: /encrypted.*[Dd]ecrypt/s,
  },
  {
    what: 'a file encrypted by age',
    name: 'a.age',
    make: () => place('a.age', 'age-encryption.org/v1\n-> X25519'),
    code: 'encrypted_file',
    says: /age/,
  },
  {
    what: 'SQLite cut in the middle',
    name: 'cut.sqlite',
    make: () => place('cut.sqlite', sqlite.subarray(0, 300_000)),
    code: 'truncated_file',
    says: /page.*(copy|export)/is,
  },
  {
    what: 'SQLite cut in its header',
    name: 'head.sqlite',
    make: () => place('head.sqlite', sqlite.subarray(0, 60)),
    code: 'truncated_file',
    says: /header/,
  },
  {
    what: 'SQLite of a newer kind',
    name: 'newer.sqlite',
    make: () => place('newer.sqlite', patched(18, 9, 9)),
    code: 'newer_format',
    says: /.+/,
  },
  {
    what: 'SQLite in UTF-16',
    name: 'utf16.sqlite',
    make: () => place('utf16.sqlite', patched(56, 0, 0, 0, 2)),
    code: 'unsupported_format',
    says: /UTF-16/,
  },
  {
    what: 'SQLite with changes waiting in its -wal',
    name: 'busy.sqlite',
    make: () => [place('busy.sqlite', sqlite), place('busy.sqlite-wal', 'changes')],
    code: 'locked_file',
    says: /busy\.sqlite-wal.*wal_checkpoint/s,
  },
  {
    what: 'a trace cut before its first event',
    name: 'cut.json',
    make: () => place('cut.json', '{"schemaVersion":1,"traceEvents":['),
    code: 'truncated_file',
    says: /before its first event/,
  },
  {
    what: 'a gzip cut in its first bytes',
    name: 'cut.json.gz',
    make: () => place('cut.json.gz', trace.subarray(0, 40)),
    code: 'unknown_format',
    says: /looks like/,
  },
  {
    what: 'an empty folder',
    name: 'nothing',
    make: () => mkdirSync(join(folder, 'nothing')),
    code: 'unknown_format',
    says: /empty folder.*analyze/s,
  },
  {
    what: 'a folder inside a file',
    name: 'notes.md/inside',
    make: () => place('notes.md', 'x'),
    code: 'file_not_found',
    says: /no such file/,
  },
]

async function answerOverMcp(tool: string, input: Record<string, unknown>) {
  const registered = commandRegistry.find((each) => each.tool === tool)
  if (registered === undefined) throw new Error(`no tool ${tool}`)
  const context = commandContext({ cwd: folder, env: { SEXTANT_CACHE: cache }, root: folder })
  return callTool((await registered.load()).command, context, input)
}

const readers = [
  ['timeline', 'file'],
  ['kernels', 'file'],
  ['gates', 'file'],
  ['digest', 'file'],
  ['decode-budget', 'traces'],
  ['analyze', 'files'],
] as const

describe.each(bad)('$what', ({ name, make, code, says }) => {
  beforeAll(() => void make())

  test.each(readers)('%s says so, with the way out', async (command, key) => {
    const { status, stdout, stderr } = await runInProcess([command, name, '--json'], { cwd: folder, env: { SEXTANT_CACHE: cache } })
    expect(status, stderr).toBe(errorExitStatus[code])
    const { error } = JSON.parse(stdout)
    expect(error).toMatchObject({ code, hint: expect.stringMatching(/\S/) })
    expect(error.message).toContain(name)
    expect(`${error.message}\n${error.hint}`).toMatch(says)
    // The file as it was given: never where this machine keeps it.
    expect(stdout + stderr).not.toContain(folder)
    expect(stderr).toMatch(/^error: [^\n]+\nhint: [^\n]+\n$/)
    const input = { [key]: key === 'file' ? name : [name] }
    expect(await answerOverMcp(command.replace('-', '_'), input)).toMatchObject({ isError: true, structuredContent: { error } })
  })
})

test('a file that may not be read', () => {
  // Tests may run as a user whom nothing is denied: the error of the system stands in.
  const denied = Object.assign(new Error('denied'), { code: 'EACCES' })
  expect(fileError('a/b.sqlite', denied)).toMatchObject({ code: 'io_failed', message: 'not permitted to read a/b.sqlite' })
})

test('a question that a capture cannot answer names the capture', async () => {
  const name = place(
    'summary.csv',
    'Time (%),Total Time (ns),Instances,Avg (ns),Med (ns),Min (ns),Max (ns),StdDev (ns),Name\n100.0,10,1,10.0,10.0,10,10,0.0,k\n',
  )
  const { status, stderr } = await runInProcess(['timeline', name], { cwd: folder })
  expect(status).toBe(errorExitStatus.missing_data)
  expect(stderr).toMatch(/^error: summary\.csv: .*no timeline/)
  expect(stderr).not.toContain(folder)
})

test('an error inside one of several files of one name says which', async () => {
  for (const rank of ['rank0', 'rank1']) mkdirSync(join(folder, rank), { recursive: true })
  copyFileSync(join(example, 'glm51-decode-c1.sqlite'), join(folder, 'rank0/t.sqlite'))
  writeFileSync(join(folder, 'rank1/t.sqlite'), sqlite.subarray(0, 300_000))
  const { stderr, status } = await runInProcess(['decode-budget', 'rank0/t.sqlite', 'rank1/t.sqlite'], { cwd: folder })
  expect(status).toBe(errorExitStatus.truncated_file)
  expect(stderr).toContain('rank1/t.sqlite')
  expect(stderr).not.toContain('rank0')
})

describe('a folder of mixed files', () => {
  let mixed = ''
  beforeAll(() => {
    mixed = join(folder, 'mixed')
    mkdirSync(mixed)
    for (const file of readdirSync(example)) copyFileSync(join(example, file), join(mixed, file))
    writeFileSync(join(mixed, 'cut.sqlite'), sqlite.subarray(0, 300_000))
    writeFileSync(join(mixed, 'empty.csv'), '')
    writeFileSync(join(mixed, 'noise.bin'), randomBytes(8192))
  })

  test('each stands on its own; one failure hides no other', async () => {
    const { status, stdout } = await runInProcess(['analyze', 'mixed', '--json'], { cwd: folder, env: { SEXTANT_CACHE: cache } })
    expect(status).toBe(0)
    const { files, refused } = JSON.parse(stdout)
    expect(files.map((file: { source: { path: string } }) => file.source.path)).toEqual([
      'glm51-decode-c1.pt.trace.json.gz',
      'glm51-decode-c1.sqlite',
    ])
    expect(refused.map((each: { path: string; error: { code: string } }) => [each.path, each.error.code])).toEqual([
      ['README.md', 'unknown_format'],
      ['cut.sqlite', 'truncated_file'],
      ['empty.csv', 'empty_file'],
      ['noise.bin', 'encrypted_file'],
    ])
    expect(stdout).not.toContain(folder)
  })

  test('nothing is written beside the captures: names, sizes and times stay, even where the folder cannot be written', async () => {
    const sealed = join(folder, 'sealed')
    cpSync(mixed, sealed, { recursive: true })
    writeFileSync(join(sealed, 'glm51-decode-c1.sqlite-wal'), '')
    for (const name of readdirSync(sealed)) chmodSync(join(sealed, name), 0o444)
    chmodSync(sealed, 0o555)
    const listing = () => [
      statSync(sealed).mtimeMs,
      ...readdirSync(sealed).map((name) => {
        const { size, mtimeMs, ino } = statSync(join(sealed, name))
        return [name, size, mtimeMs, ino]
      }),
    ]
    const before = listing()
    for (const [command] of readers) {
      const target = command === 'analyze' ? 'sealed' : 'sealed/glm51-decode-c1.sqlite'
      const run = await runInProcess([command, target, '--json'], { cwd: folder, env: { SEXTANT_CACHE: join(cache, 'sealed') } })
      expect(run.status, run.stderr).toBe(0)
    }
    expect(listing()).toEqual(before)
    chmodSync(sealed, 0o755)
  })
})

describe('names that strangers chose', () => {
  const names: readonly string[] = [
    `it's "quoted" $(reboot) \`x\`.json`,
    '<img src=x onerror=alert(1)>.json',
    'two\nhint: run something else\nlines.json',
    '\u001b[31mred\u001b]0;title\u0007.json',
    '\u202egpj.exe\u2066.json',
    `${'n'.repeat(240)}.json`,
    '核心 🙂 é.json',
    '-rf',
    '$&.json',
  ]

  test.each(names)('%j does nothing on the terminal and is data over MCP', async (name) => {
    place(name, '{"neither": "trace"}')
    const { status, stdout, stderr } = await runInProcess(['timeline', '--json', '--', name], { cwd: folder })
    expect(status).toBe(errorExitStatus.unknown_format)
    expect(stderr).toMatch(/^error: [^\n]+\nhint: [^\n]+\n$/)
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
    expect(JSON.parse(stdout).error.message).toContain(name)
    const { structuredContent, content } = await answerOverMcp('timeline', { file: name })
    expect(structuredContent).toEqual(JSON.parse(stdout))
    expect(content[0]?.text.split('\n')).toHaveLength(3)
  })

  test.each(names)('%j as a good capture: one line in the text, one word of the command to run next', async (name) => {
    mkdirSync(join(folder, 'good'), { recursive: true })
    copyFileSync(join(example, 'glm51-decode-c1.sqlite'), join(folder, 'good', name))
    const { status, stdout, stderr } = await runInProcess(['analyze', `good/${name}`], { cwd: folder, env: { SEXTANT_CACHE: cache } })
    expect(status, stderr).toBe(0)
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
    expect(stdout).not.toMatch(/^hint: /m)
    const next = /^ {2}sextant decode-budget (.*) \(step-budget/m.exec(stdout)?.[1] ?? ''
    expect(next).toMatch(/^(?:[\w./@%+=:,-]+|'(?:[^']|'\\'')*')$/)
  })
})

describe('arguments', () => {
  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['nothing to read', ['timeline'], /missing required argument/],
    ['one too many', ['timeline', 'a', 'b'], /too many arguments/],
    ['an option that is none', ['timeline', 'a', '--bogus'], /unknown option '--bogus'/],
    ['a slip in an option', ['timeline', 'a', '--limt', '3'], /--limit/],
    ['a negative limit', ['timeline', 'a', '--limit', '-1'], /limit/],
    ['a limit that is half a row', ['timeline', 'a', '--limit', '1.5'], /limit/],
    ['a limit that is no number', ['timeline', 'a', '--limit', 'all'], /wants a number, not "all"/],
    ['a choice that is none', ['kernels', 'a', '--by', 'color'], /name, short-name/],
    ['a time that cannot be', ['decode-budget', 'a', '--tpot-ms', '0'], /tpot/i],
    ['a command that is none', ['kernal', 'a'], /Did you mean `sextant kernels`\?/],
    ['an older word', ['decode_budget', 'a'], /sextant decode-budget/],
  ]
  test.each(wrong)('%s: status 2, and the way out', async (_, args, says) => {
    const { status, stdout, stderr } = await runInProcess(args, { cwd: folder })
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^error: [^\n]+\nhint: [^\n]+\n$/)
    expect(stderr).toMatch(says)
    const asJson = await runInProcess([...args, '--json'], { cwd: folder })
    expect(JSON.parse(asJson.stdout)).toMatchObject({ error: { code: 'usage' } })
  })
})

test('a cache that cannot be written costs the cache, never the answer', async () => {
  const name = place('cached.sqlite', sqlite)
  const blocked = join(folder, place('file-not-folder', 'x'))
  const { status, stdout } = await runInProcess(['timeline', name, '--json'], { cwd: folder, env: { SEXTANT_CACHE: blocked } })
  expect(status).toBe(0)
  const without = await runInProcess(['timeline', name, '--json', '--no-cache'], { cwd: folder })
  expect(stdout).toBe(without.stdout)
})
