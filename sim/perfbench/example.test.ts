import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { baselineExample } from './example.ts'

test('the example kept in the repository is what the generator writes: npx tsx scripts/baseline-example.ts', () => {
  for (const [name, text] of baselineExample())
    expect(readFileSync(fileURLToPath(new URL(`../../examples/baselines/${name}`, import.meta.url)), 'utf8'), name).toBe(text)
})
