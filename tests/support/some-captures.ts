import { openSource } from '../../src/platform/access.ts'
import { listShared } from './shared-data.ts'

/** Real captures that both readers and commands know: the `most` smallest of each kind, all of them in the slow run. */
export function someCaptures(most: number): string[] {
  const limit = process.env['SEXTANT_SLOW'] === '1' ? Number.POSITIVE_INFINITY : most
  return ['nsys-sqlite', 'nsys-parquetdir', 'kineto'].flatMap((name) =>
    listShared(name)
      .map((path) => ({ path, size: openSource(path).size }))
      .sort((a, b) => a.size - b.size)
      .slice(0, limit)
      .map(({ path }) => path),
  )
}
