/**
 * Tables of nsys SQLite exports by schema version, as public exports declare them (facts: nsys, sections 2 and 3).
 * A column line is `name`, optionally `!` (NOT NULL), optionally a type other than INTEGER, optionally `>=v` or `<v`.
 */

/** `pre-2022` has no metadata table. */
export const schemaVersions = ['pre-2022', '2.9.1', '3.4.0', '3.13.2', '3.16.1', '3.24.0', '3.25.0'] as const
export type SchemaVersion = (typeof schemaVersions)[number]

export const productVersions: Readonly<Record<SchemaVersion, string>> = {
  'pre-2022': '2021.3.1.54',
  '2.9.1': '2022.1.3.3',
  '3.4.0': '2023.3.1.92',
  '3.13.2': '2024.5.1.113',
  '3.16.1': '2024.6.2.225',
  '3.24.0': '2025.5.2.266',
  '3.25.0': '2026.2.1.210',
}

const activityHead = 'start! end! deviceId! contextId! greenContextId>=3.7.2 streamId! correlationId globalPid'

/** `since` is the first schema that has the table. */
const tables: Readonly<Record<string, { since?: string; before?: string; columns: string }>> = {
  StringIds: { columns: 'id!PRIMARY value!TEXT' },
  PROCESSES: { since: '2.9.1', columns: 'globalPid pid name:TEXT' },
  ThreadNames: { columns: 'nameId! priority globalTid' },
  ANALYSIS_DETAILS: { since: '2.9.1', columns: 'globalVid! duration! startTime! stopTime!' },
  TARGET_INFO_SESSION_START_TIME: { since: '2.9.1', columns: 'utcEpochNs utcTime:TEXT localTime:TEXT systemClockNs>=3.24.7' },
  TARGET_INFO_SYSTEM_ENV: { since: '2.9.1', columns: 'globalVid devStateName!TEXT name!TEXT nameEnum! value!TEXT' },
  TARGET_INFO_GPU: {
    columns:
      'vmId! id!>=2.9.1 deviceId!<2.9.1 name:TEXT busLocation:TEXT isDiscrete l2CacheSize>=2.9.1 totalMemory>=2.9.1 memoryBandwidth>=2.9.1 clockRate>=2.9.1 smCount>=2.9.1 pwGpuId>=2.9.1 uuid:TEXT>=2.9.1 luid>=2.9.1 chipName:TEXT>=2.9.1 cuDevice>=2.9.1 ctxswDevPath:TEXT>=2.9.1 ctrlDevPath:TEXT>=2.9.1 revision>=2.9.1 nodeMask>=2.9.1 constantMemory>=2.9.1 maxIPC>=2.9.1 maxRegistersPerBlock>=2.9.1 maxShmemPerBlock>=2.9.1 maxShmemPerBlockOptin>=2.9.1 maxShmemPerSm>=2.9.1 maxRegistersPerSm>=2.9.1 threadsPerWarp>=2.9.1 asyncEngines>=2.9.1 maxWarpsPerSm>=2.9.1 maxBlocksPerSm>=2.9.1 maxThreadsPerBlock>=2.9.1 maxBlockDimX>=2.9.1 maxBlockDimY>=2.9.1 maxBlockDimZ>=2.9.1 maxGridDimX>=2.9.1 maxGridDimY>=2.9.1 maxGridDimZ>=2.9.1 computeMajor>=2.9.1 computeMinor>=2.9.1 smMajor>=2.9.1 smMinor>=2.9.1',
  },
  TARGET_INFO_CUDA_DEVICE: { since: '3.17.1', columns: 'gpuId cudaId! pid! uuid:TEXT>=3.24.14 numMultiprocessors>=3.24.14' },
  TARGET_INFO_CUDA_CONTEXT_INFO: {
    since: '3.7.2',
    columns:
      'nullStreamId! hwId! vmId! processId! deviceId! contextId! parentContextId isGreenContext numMultiprocessors>=3.24.14 numTpcs>=3.25.0 tpcMask:TEXT>=3.25.0 workqueueResourceId>=3.25.0 workqueueConcurrencyLimit>=3.25.0 workqueueSharingScope>=3.25.0',
  },
  TARGET_INFO_CUDA_STREAM: { columns: 'streamId! hwId! vmId! processId! contextId! priority! flag!' },
  DIAGNOSTIC_EVENT: { since: '3.13.2', columns: 'timestamp! timestampType! source! severity! text!TEXT globalPid' },
  CUPTI_ACTIVITY_KIND_KERNEL: {
    columns: `${activityHead} demangledName! shortName! mangledName>=2.9.1 launchType cacheConfig registersPerThread! gridX! gridY! gridZ! blockX! blockY! blockZ! staticSharedMemory! dynamicSharedMemory! localMemoryPerThread! localMemoryTotal! gridId! sharedMemoryExecuted graphNodeId sharedMemoryLimitConfig qmdBulkReleaseDone>=3.24.0 qmdPreexitDone>=3.24.0 qmdLastCtaDone>=3.24.0 graphId>=3.24.0 clusterX>=3.24.0 clusterY>=3.24.0 clusterZ>=3.24.0 clusterSchedulingPolicy>=3.24.0 maxPotentialClusterSize>=3.24.0 maxActiveClusters>=3.24.0 sharedMemoryRequestedPercentage>=3.24.14 tensorSizeMinusOneElements!TEXT>=3.25.0`,
  },
  CUPTI_ACTIVITY_KIND_MEMCPY: {
    columns: `${activityHead} bytes! copyKind! deprecatedSrcId srcKind dstKind srcDeviceId srcContextId dstDeviceId dstContextId migrationCause graphNodeId virtualAddress>=2.9.1 copyCount>=3.17.1`,
  },
  CUPTI_ACTIVITY_KIND_MEMSET: { columns: `${activityHead} value! bytes! graphNodeId memKind` },
  CUPTI_ACTIVITY_KIND_GRAPH_TRACE: { columns: `${activityHead} graphId! graphExecId!` },
  CUDA_GRAPH_NODE_EVENTS: {
    since: '3.16.1',
    columns: 'start! end! eventClass! globalTid nameId! graphNodeId! originalGraphNodeId',
  },
  CUPTI_ACTIVITY_KIND_RUNTIME: { columns: 'start! end! eventClass! globalTid correlationId nameId! returnValue! callchainId' },
  CUPTI_ACTIVITY_KIND_SYNCHRONIZATION: {
    columns: `${activityHead} deprecatedSyncType>=3.17.1 syncType! eventId! eventSyncId>=3.17.1`,
  },
  OSRT_API: {
    columns: 'start! end! eventClass! globalTid correlationId<2.9.1 nameId! returnValue! nestingLevel callchainId! argumentsId!>=3.23.3',
  },
  NVTX_EVENTS: {
    columns:
      'start! end eventType! rangeId category color text:TEXT globalTid endGlobalTid textId domainId uint64Value int64Value doubleValue:REAL uint32Value int32Value floatValue:REAL jsonTextId jsonText:TEXT binaryData:TEXT>=3.16.1',
  },
  ENUM_CUDA_MEMCPY_OPER: { since: '2.9.1', columns: 'id!PRIMARY name:TEXT label:TEXT' },
  META_DATA_CAPTURE: { since: '3.4.0', columns: 'name!TEXT value:TEXT' },
  META_DATA_EXPORT: { since: '3.4.0', columns: 'name!TEXT value:TEXT' },
  EXPORT_META_DATA: { since: '2.9.1', before: '3.4.0', columns: 'name!TEXT value:TEXT' },
}

function order(version: string): number {
  if (version === 'pre-2022') return 0
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return (major * 1000 + minor) * 1000 + patch
}

export interface Column {
  readonly name: string
  readonly declaration: string
  readonly notNull: boolean
  readonly isText: boolean
  readonly isPrimaryKey: boolean
}

const columnPattern = /^(\w+?)([!:]?)(TEXT|REAL|PRIMARY)?(?:(>=|<)([\d.]+))?$/

function parseColumn(word: string, version: SchemaVersion): Column[] {
  const match = columnPattern.exec(word)
  if (match === null) throw new Error(`column ${word}`)
  const [, name = '', mark, type, relation, bound = ''] = match
  if (relation === '>=' && order(version) < order(bound)) return []
  if (relation === '<' && order(version) >= order(bound)) return []
  const isPrimaryKey = type === 'PRIMARY'
  const declared = type === undefined || isPrimaryKey ? 'INTEGER' : type
  const declaration = `${declared}${mark === '!' ? ' NOT NULL' : ''}${isPrimaryKey ? ' PRIMARY KEY' : ''}`
  return [{ name, declaration, notNull: mark === '!', isText: type === 'TEXT', isPrimaryKey }]
}

export interface TableSchema {
  readonly name: string
  readonly columns: readonly Column[]
  readonly sql: string
}

/** The table as schema `version` declares it; undefined where that version has no such table. */
export function tableSchema(name: string, version: SchemaVersion): TableSchema | undefined {
  const table = tables[name]
  if (table === undefined) throw new Error(`table ${name}`)
  if (table.since !== undefined && order(version) < order(table.since)) return undefined
  if (table.before !== undefined && order(version) >= order(table.before)) return undefined
  const columns = table.columns.split(' ').flatMap((word) => parseColumn(word, version))
  const lines = columns.map((column) => `    ${column.name.padEnd(34)} ${column.declaration}`)
  return { name, columns, sql: `CREATE TABLE ${name} (\n${lines.join(',\n')}\n)` }
}
