import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withSection, writeSection } from './marked-section.ts'

const section = { id: 'dcgm-summary', heading: 'Workload-level SoL', body: '| a |\n' }

test('goes below its heading, or at the end with one; what people wrote stays', () => {
  const written = '# SoL\n\n## Workload-level SoL\n\nOur words.\n\n## Next\n'
  const once = withSection(written, section, 'x')
  expect(once).toContain('## Workload-level SoL\n\n<!-- sextant:dcgm-summary begin')
  expect(once.replace(/\n<!-- sextant[\s\S]*end -->\n/, '')).toBe(written)
  expect(withSection('', section, 'x')).toMatch(/^## Workload-level SoL\n\n<!--/)
  expect(withSection('# Other\n', section, 'x')).toMatch(/^# Other\n\n## Workload-level SoL\n/)
})

test('again replaces what is between the markers, and only that; the same content is a fixed point', () => {
  const once = withSection('# A\n', section, 'x')
  const twice = withSection(once, { ...section, body: '| b |' }, 'x')
  expect(twice).toBe(once.replace('| a |', '| b |'))
  expect(withSection(once, section, 'x')).toBe(once)
})

test('markers that are no pair are refused', () => {
  const once = withSection('', section, 'x')
  expect(() => withSection(once + once, section, 'x')).toThrow(/2 begin and 2 end/)
  expect(() => withSection(once.replace(/<!-- sextant:dcgm-summary end -->/, ''), section, 'x')).toThrow(/1 begin and 0 end/)
})

test('the file is replaced whole, without anything left beside it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-section-'))
  writeFileSync(join(folder, 'sol-summary.md'), '# Ours\n')
  await Promise.all([
    writeSection(join(folder, 'sol-summary.md'), section),
    writeSection(join(folder, 'sol-summary.md'), { ...section, id: 'other' }),
  ])
  const text = readFileSync(join(folder, 'sol-summary.md'), 'utf8')
  expect(text).toContain('sextant:dcgm-summary begin')
  expect(text).toContain('sextant:other begin')
  expect(readdirSync(folder)).toEqual(['sol-summary.md'])
  rmSync(folder, { recursive: true })
})
