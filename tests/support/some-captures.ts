import { openSource } from '../../src/platform/access.ts'
import { listShared } from './shared-data.ts'

/** Commands that ask for something else than a timeline, and the real captures that have it. */
const ownFolders: Readonly<Record<string, readonly string[]>> = {
  'bench-result': ['bench'],
  metrics: ['metrics'],
  ncu: ['ncu-rep', 'ncu-csv'],
}

/** Whether a command asks of a timeline, as the digest's questions do. */
export function asksTimeline(command: string): boolean {
  return !Object.hasOwn(ownFolders, command)
}

/** Real captures that both readers and commands know: the `most` smallest of each kind, all of them in the slow run. */
export function someCaptures(most: number, command = ''): string[] {
  const limit = process.env['SEXTANT_SLOW'] === '1' ? Number.POSITIVE_INFINITY : most
  const folders = ownFolders[command] ?? ['nsys-sqlite', 'nsys-parquetdir', 'kineto']
  return folders.flatMap((name) =>
    listShared(name)
      // Beside the results lies a dump of metrics.
      .filter((path) => !path.endsWith('gpu_telemetry_export.jsonl'))
      .map((path) => ({ path, size: openSource(path).size }))
      .sort((a, b) => a.size - b.size)
      .slice(0, limit)
      .map(({ path }) => path),
  )
}
