import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeSynthesisExample } from '../scripts/synthesis-example.ts'
import { checkoutRoot } from './support/checkout.ts'

const kept = join(checkoutRoot, 'examples/synthesis-bundle')

test('the bundle kept in the repository is what the generator writes: npx tsx scripts/synthesis-example.ts', {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-example-'))
  try {
    let bytes = 0
    for (const name of await writeSynthesisExample(folder)) {
      expect(readFileSync(join(folder, name)).equals(readFileSync(join(kept, name))), name).toBe(true)
      bytes += statSync(join(kept, name)).size
    }
    expect(bytes).toBeLessThan(3_000_000)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
