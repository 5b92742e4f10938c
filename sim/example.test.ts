import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { writeExample, writeExampleCounters } from './example.ts'

const kept = fileURLToPath(new URL('../examples/decode-host-bound/', import.meta.url))

test('the example kept in the repository is what the generator writes: npx tsx sim/example.ts examples/decode-host-bound', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-sim-'))
  const written = await writeExample(folder)
  let bytes = 0
  for (const path of written.flatMap(({ files }) => files)) {
    const old = join(kept, basename(path))
    bytes += statSync(old).size
    // Compressed bytes depend on the zlib of the Node version; the text does not.
    const content = (file: string): Buffer => (file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file))
    expect(content(path).equals(content(old)), basename(path)).toBe(true)
  }
  expect(bytes).toBeLessThan(1_000_000)
  rmSync(folder, { recursive: true })
})

test('so are its counters: npx tsx sim/example.ts examples/decode-host-bound examples/ncu-decode-kernels', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-sim-'))
  const written = await writeExampleCounters(folder)
  const old = join(kept, '../ncu-decode-kernels', basename(written))
  expect(readFileSync(written, 'utf8')).toBe(readFileSync(old, 'utf8'))
  rmSync(folder, { recursive: true })
})
