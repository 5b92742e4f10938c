/**
 * Reader of `nsys export --type sqlite` files.
 * https://docs.nvidia.com/nsight-systems/UserGuide/index.html#sqlite-schema-reference ("can and will change": every table is optional).
 * Not supported: a database with a pending write-ahead log (refused, see sqlite/), other SQLite databases (claimed by nobody).
 */
import type { Detection, Probe, Reader, ReadOptions, ReadResult, Source } from '#model/reader.ts'
import { readNsysTables } from './read-nsys-tables.ts'
import { openSqlite } from './sqlite/open-sqlite.ts'
import { schemaNames } from './sqlite-schema-names.ts'

const MAGIC = 'SQLite format 3\0'

/** Tables that only nsys exports have; one is enough, since lazy exports leave out the empty ones. */
const NSYS_TABLES =
  /^(?:CUPTI_ACTIVITY_KIND_|TARGET_INFO_|META_DATA_EXPORT$|EXPORT_META_DATA$|NVTX_EVENTS$|ENUM_NSYS_|OSRT_API$|PROFILER_OVERHEAD$|COMPOSITE_EVENTS$|GPU_METRICS$)/

export function isNsysTable(name: string): boolean {
  return NSYS_TABLES.test(name)
}

function startsWith(head: Uint8Array, text: string): boolean {
  for (let index = 0; index < text.length; index++) if (head[index] !== text.charCodeAt(index)) return false
  return true
}

function detect(probe: Probe): Detection | undefined {
  if (probe.isDirectory || !startsWith(probe.head, MAGIC) || probe.access === undefined) return undefined
  const names = schemaNames(probe.access, probe.head)
  // Claimed, so that the reader names the damage: "a database without the tables of nsys" would send its owner the wrong way.
  if (names === undefined) return { title: 'SQLite database that cannot be opened' }
  return names.some(isNsysTable) ? { title: 'nsys SQLite export' } : undefined
}

async function read(source: Source, options: ReadOptions): Promise<ReadResult> {
  const tables = openSqlite(source.path, { name: source.name, maxTextBytes: options.limits.maxTextBytes, codeGeneration: 'large' })
  try {
    const result = await readNsysTables(tables, options, 'nsys-sqlite')
    options.onProgress?.(source.size, source.size)
    return result
  } finally {
    tables.close()
  }
}

export const nsysSqliteReader: Reader = {
  kind: 'nsys-sqlite',
  title: 'Nsight Systems SQLite export',
  spec: 'https://docs.nvidia.com/nsight-systems/UserGuide/index.html#sqlite-schema-reference',
  version: 1,
  detect,
  read,
}
