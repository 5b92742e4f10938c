import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isSextantError } from '#base/errors.ts'
import { addToBundle, initBundle, sealBundle } from './bundle.ts'
import { redactText } from './redaction.ts'
import { verifyBundle } from './verify.ts'

const at = '2026-11-01T00:00:00.000Z'
const later = '2026-11-02T00:00:00.000Z'
let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sextant-bundle-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function begin(runId = 'run-1'): { folder: string; shown: string } {
  const shown = initBundle(root, {
    family: 'inference',
    runId,
    createdAtUtc: at,
    createdBy: 'test',
    toolVersion: '0',
    intent: 'what bounds decode?',
  })
  return { folder: join(root, shown), shown }
}
function file(name: string, content: string | Uint8Array): string {
  const path = join(root, name)
  writeFileSync(path, content)
  return path
}
const add = (folder: string, path: string, into = 'profiles') => addToBundle(folder, 'bundle', [{ path, shown: path, into }], later)
async function codes(folder: string): Promise<string[]> {
  return (await verifyBundle(folder, 'bundle')).problems.map(({ code, severity, path }) => `${severity} ${code} ${path}`)
}
async function refusal(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'done'
  } catch (error) {
    return isSextantError(error) ? error.message : String(error)
  }
}

describe('evidence bundle', () => {
  it('is whole when begun, when filled, when sealed, and its sums are what sha256sum reads', async () => {
    const { folder } = begin()
    expect(await codes(folder)).toEqual([])
    await add(
      folder,
      file(
        'capture.sqlite',
        Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251),
      ),
    )
    await add(folder, file('notes.txt', 'plain'))
    expect(await codes(folder)).toEqual([])
    const { manifest } = await sealBundle(folder, 'bundle', later)
    expect(manifest.sealed?.at_utc).toBe(later)
    expect(await codes(folder)).toEqual([])
    expect(readFileSync(join(folder, 'sha256sums.txt'), 'utf8')).toMatch(
      /^[0-9a-f]{64} {2}profiles\/capture\.sqlite\n[0-9a-f]{64} {2}profiles\/notes\.txt\n$/,
    )
  })

  it('one changed byte, a removed file and a smuggled one are found', async () => {
    const { folder } = begin()
    await add(folder, file('a.bin', Uint8Array.of(0, 1, 2)))
    await add(folder, file('b.bin', Uint8Array.of(0, 1, 2)))
    await sealBundle(folder, 'bundle', later)
    writeFileSync(join(folder, 'profiles/a.bin'), Uint8Array.of(0, 1, 3))
    rmSync(join(folder, 'profiles/b.bin'))
    writeFileSync(join(folder, 'profiles/c.bin'), 'new')
    symlinkSync('/etc/hostname', join(folder, 'profiles/link'))
    expect(await codes(folder)).toEqual([
      'error changed profiles/a.bin',
      'error missing profiles/b.bin',
      'error unlisted profiles/c.bin',
      'error unlisted profiles/link',
    ])
  })

  it('a manifest that was edited with its sums no longer fits its seal', async () => {
    const { folder } = begin()
    await add(folder, file('a.bin', Uint8Array.of(0, 1)))
    await sealBundle(folder, 'bundle', later)
    const path = join(folder, 'manifest.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8'))
    rmSync(join(folder, 'profiles/a.bin'))
    writeFileSync(path, JSON.stringify({ ...manifest, artifacts: [] }))
    writeFileSync(join(folder, 'sha256sums.txt'), '')
    expect(await codes(folder)).toEqual(['error seal-broken manifest.json'])
  })

  it('is begun once, never added to when sealed, and evidence is never replaced', async () => {
    const { folder } = begin()
    expect(await refusal(() => begin())).toContain('exists')
    const path = file('a.bin', Uint8Array.of(0, 1))
    await add(folder, path)
    expect((await add(folder, path)).present).toEqual(['profiles/a.bin'])
    writeFileSync(path, Uint8Array.of(0, 2))
    expect(await refusal(() => add(folder, path))).toContain('with other bytes')
    await sealBundle(folder, 'bundle', later)
    expect(await refusal(() => add(folder, path, 'raw'))).toContain('sealed')
  })

  it('what is said about the evidence has versions, after sealing too; none is lost', async () => {
    const { folder } = begin()
    await add(folder, file('a.bin', Uint8Array.of(0, 1)))
    await sealBundle(folder, 'bundle', later)
    appendFileSync(join(folder, 'summary.md'), '- answered\n')
    expect(await codes(folder)).toEqual(['note layer-unrecorded summary.md'])
    const change = await addToBundle(folder, 'bundle', [], later)
    expect(change.newVersions).toEqual(['summary.md'])
    expect(await codes(folder)).toEqual([])
    expect(readFileSync(join(folder, 'versions/summary.md/1'), 'utf8')).not.toContain('answered')
    expect(readFileSync(join(folder, 'versions/summary.md/2'), 'utf8')).toContain('answered')
    rmSync(join(folder, 'versions/summary.md/1'))
    expect(await codes(folder)).toEqual(['error version-missing summary.md'])
  })

  it('two writers at once lose nothing', async () => {
    const { folder } = begin()
    const paths = Array.from({ length: 8 }, (_, i) => file(`f${i}.bin`, Uint8Array.of(0, i)))
    await Promise.all(paths.map((path) => add(folder, path)))
    expect((await verifyBundle(folder, 'bundle')).manifest.artifacts).toHaveLength(8)
    expect(await codes(folder)).toEqual([])
  })

  it('an add that died before the manifest can be repeated', async () => {
    const { folder } = begin()
    const path = file('a.bin', Uint8Array.of(0, 1, 2, 3))
    mkdirSync(join(folder, 'profiles'), { recursive: true })
    writeFileSync(join(folder, 'profiles/a.bin'), 'half of it')
    expect((await add(folder, path)).added).toHaveLength(1)
    expect(await codes(folder)).toEqual([])
  })

  it('places that leave the bundle, its own files, links and missing files are refused, and nothing is written', async () => {
    const { folder } = begin()
    const path = file('a.bin', Uint8Array.of(0))
    for (const into of ['../out', '/tmp', 'a/../../b', 'versions'])
      expect(await refusal(() => add(folder, path, into))).toContain('no place inside')
    expect(await refusal(() => add(folder, file('SOURCE.md', 'x'), ''))).toContain('said about the evidence')
    expect(await refusal(() => add(folder, join(root, 'absent')))).toContain('no such file')
    mkdirSync(join(root, 'tree'))
    symlinkSync('/etc/hostname', join(root, 'tree', 'link'))
    expect(await refusal(() => add(folder, join(root, 'tree')))).toContain('is a link')
    expect(await codes(folder)).toEqual([])
    expect(existsSync(join(root, 'out'))).toBe(false)
  })

  it('names that are no path segment are refused', async () => {
    for (const runId of ['', '..', 'a/b', '-x', 'a b']) expect(await refusal(() => begin(runId))).toContain('cannot be a run id')
  })
})

describe('redaction', () => {
  it('secrets in text do not enter a bundle, and how many were replaced is recorded', async () => {
    const { folder } = begin()
    const token = `hf_${'a'.repeat(34)}`
    const change = await add(folder, file('env.txt', `PATH=/bin\nHF_TOKEN=${token}\ncurl -H "Authorization: Bearer abc.def.ghi12345"\n`))
    expect(change.added[0]?.redactions).toBe(2)
    const kept = readFileSync(join(folder, 'profiles/env.txt'), 'utf8')
    expect(kept).toBe('PATH=/bin\nHF_TOKEN=<redacted:variable>\ncurl -H "Authorization: Bearer <redacted:authorization>"\n')
    expect(await codes(folder)).toEqual([])
  })

  it.each([
    ['{"api_key": "sk-proj-0123456789abcdef012345"}', '{"api_key": "<redacted:variable>"}'],
    ['--password=hunter2hunter2 --port=80', '--password=<redacted:variable> --port=80'],
    ['http://user:pass@host:9090/api', 'http://<redacted:url-credentials>@host:9090/api'],
    ['aws_secret_access_key = abcdEFGH1234', 'aws_secret_access_key = <redacted:variable>'],
  ])('%s', (text, kept) => {
    expect(redactText(text).text).toBe(kept)
  })

  it.each([
    'tokens_per_second: 1234.5',
    '"max_tokens": 2048',
    'num_tokens=4096',
    'tokenizer: meta-llama/Llama-3',
    'secret: null',
    'input_tokens_total 12345',
  ])('measurements stay: %s', (text) => {
    expect(redactText(text)).toEqual({ text, count: 0 })
  })
})
