/** Small nsys exports in memory, in the table shapes of four schema versions. Values are what a test says; the rest has plain defaults. */
import type { Database } from 'sql.js'
import { loadSqlJs } from './sqljs-table-source.ts'

export type Cell = number | bigint | string | null
export type Row = Readonly<Record<string, Cell>>
export type NsysSchema = 'none' | '2.9.1' | '3.16.1' | '3.25.0'

const ORDER: readonly NsysSchema[] = ['none', '2.9.1', '3.16.1', '3.25.0']
const since = (schema: NsysSchema, first: NsysSchema, ...columns: string[]): string[] =>
  ORDER.indexOf(schema) >= ORDER.indexOf(first) ? columns : []

/** Columns of the tables whose shape changed (facts: nsys.md, section 2 and 3). */
function columnsOf(schema: NsysSchema, table: string): readonly string[] | undefined {
  const green = since(schema, '3.16.1', 'greenContextId')
  const place = ['start', 'end', 'deviceId', 'contextId', ...green, 'streamId', 'correlationId', 'globalPid']
  const shapes: Readonly<Record<string, readonly string[]>> = {
    CUPTI_ACTIVITY_KIND_KERNEL: [
      ...place,
      'demangledName',
      'shortName',
      ...since(schema, '2.9.1', 'mangledName'),
      'gridX',
      'gridY',
      'gridZ',
      'blockX',
      'blockY',
      'blockZ',
      'graphNodeId',
      ...since(schema, '3.25.0', 'graphId', 'tensorSizeMinusOneElements'),
    ],
    CUPTI_ACTIVITY_KIND_MEMCPY: [...place, 'bytes', 'copyKind', 'srcKind', 'dstKind'],
    CUPTI_ACTIVITY_KIND_GRAPH_TRACE: [...place, 'graphId', 'graphExecId'],
    CUPTI_ACTIVITY_KIND_RUNTIME: ['start', 'end', 'eventClass', 'globalTid', 'correlationId', 'nameId', 'returnValue'],
    NVTX_EVENTS: ['start', 'end', 'eventType', 'text', 'globalTid', 'endGlobalTid', 'textId', 'domainId'],
  }
  return shapes[table]
}

const literal = (cell: Cell | undefined): string =>
  cell === null || cell === undefined ? 'NULL' : typeof cell === 'string' ? `'${cell.replaceAll("'", "''")}'` : String(cell)

/** global id of a process or thread of host `host`. */
export function globalId(pid: number, tid = 0, host = 1): bigint {
  return (BigInt(host) << 48n) | (BigInt(pid) << 24n) | BigInt(tid)
}

export const kernelDefaults: Row = {
  deviceId: 0,
  contextId: 1,
  streamId: 7,
  correlationId: 0,
  globalPid: globalId(100),
  demangledName: 1,
  shortName: 2,
}

/** Strings that the defaults use. */
export const defaultStrings: readonly Row[] = [
  { id: 1, value: 'void gemm<float>(T1)' },
  { id: 2, value: 'gemm' },
  { id: 3, value: 'cudaLaunchKernel_v7000' },
]

/**
 * A database with the given rows. Metadata follows the schema: none before 2022, EXPORT_META_DATA in 2.9.1, META_DATA_EXPORT after.
 * Tables outside the list of changed shapes get the columns of their first row.
 */
export async function nsysExport(schema: NsysSchema, tables: Readonly<Record<string, readonly Row[]>>): Promise<Database> {
  const { Database: Open } = await loadSqlJs()
  const database = new Open()
  const metadata = schema === '2.9.1' ? 'EXPORT_META_DATA' : 'META_DATA_EXPORT'
  const version: Record<string, readonly Row[]> =
    schema === 'none' ? {} : { [metadata]: [{ name: 'EXPORT_SCHEMA_VERSION', value: schema }] }
  for (const [table, rows] of Object.entries({ StringIds: defaultStrings, ...version, ...tables })) {
    const columns = columnsOf(schema, table) ?? Object.keys(rows[0] ?? { start: 0 })
    const extra = Object.keys(rows[0] ?? {}).filter((name) => !columns.includes(name))
    const all = [...columns, ...extra]
    database.run(`CREATE TABLE "${table}" (${all.map((name) => `"${name}"`).join(', ')})`)
    for (const row of rows) database.run(`INSERT INTO "${table}" VALUES (${all.map((name) => literal(row[name])).join(', ')})`)
  }
  return database
}
