import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'sim/**/*.test.ts', 'tests/**/*.test.ts'],
    reporters: ['./tests/reporter/last-line.ts'],
    // Two cores that are not two dependable cores; a test that builds or walks real captures needs more than the default 5 s.
    testTimeout: process.env['SEXTANT_SLOW'] === '1' ? 3_600_000 : 60_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
  },
})
