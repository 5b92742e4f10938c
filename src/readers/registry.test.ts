/** The contract of every reader's detection, run over the registry: by content, exactly one, never a throw. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Random } from '#base/random.ts'
import type { Probe, RandomAccess } from '#model/reader.ts'
import { openProbe } from '#platform/access.ts'
import { listShared, sharedDataAbsent } from '../../tests/support/shared-data.ts'
import { readers } from './registry.ts'

/** Folder of the real captures -> the one reader that must claim everything in it. */
const claimed: Readonly<Record<string, string>> = {
  'nsys-sqlite': 'nsys-sqlite',
  'nsys-parquetdir': 'nsys-parquetdir',
  'nsys-rep': 'nsys-rep',
  kineto: 'kineto',
  'ncu-rep': 'ncu-rep',
  metrics: 'metrics-text',
  'ncu-csv': 'ncu-csv',
}
/** Files of other tools: no reader of this registry may claim one until it can read it. */
const foreign = ['peer-configs', 'truth']

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-registry-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function claims(probe: Probe): string[] {
  return readers.filter((reader) => reader.detect(probe) !== undefined).map(({ kind }) => kind)
}

/** The same content under another name: detection must not see the difference. */
function renamed(probe: Probe, name: string): Probe {
  return { ...probe, name }
}

test('kinds are unique, and each says what it is and where its format is written down', () => {
  expect(new Set(readers.map(({ kind }) => kind)).size).toBe(readers.length)
  for (const { kind, title, spec, version } of readers) {
    expect(kind).toMatch(/^[a-z][a-z0-9-]*$/)
    expect(title.length, kind).toBeGreaterThan(5)
    expect(spec, kind).toMatch(/^https?:\/\/|facts|\.md/)
    expect(Number.isInteger(version) && version >= 1, kind).toBe(true)
  }
})

for (const [name, kind] of Object.entries(claimed)) {
  test(`every real capture in ${name} is claimed by ${kind} alone, whatever it is called`, (context) => {
    const paths = listShared(name)
    if (paths.length === 0) context.skip(sharedDataAbsent)
    for (const path of paths) {
      const probe = openProbe(path)
      expect(claims(probe), basename(path)).toEqual([kind])
      for (const other of ['x', 'trace.json.gz', 'report.sqlite', 'report.nsys-rep'])
        expect(claims(renamed(probe, other)), basename(path)).toEqual([kind])
      probe.close()
    }
  })
}

test('files of other tools are claimed by none', (context) => {
  const paths = foreign.flatMap(listShared)
  if (paths.length === 0) context.skip(sharedDataAbsent)
  for (const path of paths) {
    const probe = openProbe(path)
    expect(claims(probe), basename(path)).toEqual([])
    probe.close()
  }
})

test('near misses are claimed by none', () => {
  const header = new TextEncoder().encode('SQLite format 3\0')
  const contents: Readonly<Record<string, Uint8Array | string>> = {
    empty: '',
    'one-byte': '{',
    'json-object': '{"neither": ["a", "trace"]}',
    'json-array': '[1, 2, 3]',
    'json-mentions-traces': '{"note": "traceEvents"}',
    text: 'traceEvents of a text, with ph and ts and dur\n',
    html: '<!doctype html><title>traceEvents</title>',
    'gzip-of-text': gzipSync('plain text'),
    'gzip-broken': Uint8Array.of(0x1f, 0x8b, 8, 0, 1, 2, 3),
    zip: Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0),
    'other-sqlite': Uint8Array.from({ length: 4096 }, (_, index) => header[index] ?? 0),
  }
  for (const [name, content] of Object.entries(contents)) {
    const path = join(folder, name)
    writeFileSync(path, content)
    const probe = openProbe(path)
    expect(claims(probe).length, `${name}: ${claims(probe)}`).toBeLessThanOrEqual(name === 'other-sqlite' ? 1 : 0)
    probe.close()
  }
  mkdirSync(join(folder, 'folder'))
  const probe = openProbe(join(folder, 'folder'))
  expect(claims(probe)).toEqual([])
})

function probeOf(bytes: Uint8Array): Probe {
  const access: RandomAccess = {
    size: bytes.length,
    read: (offset, length) => bytes.slice(offset, offset + length),
    readInto(target, offset) {
      const part = bytes.subarray(offset, offset + target.length)
      target.set(part)
      return part.length
    },
  }
  const head = bytes.subarray(0, 65536)
  const tail = bytes.subarray(Math.max(0, bytes.length - 4096))
  const none = new Uint8Array(0)
  return {
    name: 'x',
    isDirectory: false,
    size: bytes.length,
    head,
    tail,
    text: head,
    isGzip: false,
    entries: [],
    access,
    headOf: () => none,
  }
}

test('fuzz: detection of mutated heads never throws and never claims twice', () => {
  const seed = Number(process.env['SEXTANT_SEED'] ?? 20261122)
  const random = new Random(seed)
  const starts = ['kineto', 'nsys-sqlite', 'nsys-rep', 'ncu-rep', 'ncu-csv'].flatMap((name) => listShared(name).slice(0, 3))
  const originals = starts.map((path) => {
    const probe = openProbe(path)
    const bytes = Uint8Array.from(probe.isGzip ? probe.text : probe.head)
    probe.close()
    return bytes
  })
  originals.push(new TextEncoder().encode('{"schemaVersion": 1, "traceEvents": [{"ph": "X", "cat": "kernel", "ts": 1, "dur": 2}]}'))
  for (let round = 0; round < 600; round += 1) {
    const bytes = Uint8Array.from(originals[round % originals.length] ?? [])
    const length = random.uint32() % 4 === 0 ? random.uint32() % (bytes.length + 1) : bytes.length
    for (let flips = random.uint32() % 12; flips > 0; flips -= 1) {
      // Most of what detection looks at is in the first 200 bytes.
      const at = random.uint32() % Math.min(bytes.length, random.uint32() % 2 === 0 ? 200 : bytes.length)
      bytes[at] = random.uint32() & 0xff
    }
    expect(claims(probeOf(bytes.subarray(0, length))).length, `seed ${seed}, round ${round}`).toBeLessThanOrEqual(1)
  }
})
