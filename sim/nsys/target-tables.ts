/** The tables that describe the machine, the processes and the export itself. */
import { gpuFacts } from '#sim/gpu-facts.ts'
import type { Plan, RankPlan } from '#sim/plan.ts'
import { streamIds } from '#sim/plan.ts'
import { type Export, globalPid, globalTid, globalVid, type Row, table } from './export-table.ts'
import { productVersions } from './schema.ts'

function gpuRow(plan: Plan, rank: RankPlan, id: number): Row {
  const facts = gpuFacts(plan.scenario.gpuName)
  return {
    vmId: globalVid,
    id,
    deviceId: rank.ordinal,
    name: plan.scenario.gpuName,
    busLocation: `0000:${(0x1b + id * 0x11).toString(16).padStart(2, '0')}:00.0`,
    isDiscrete: 1,
    l2CacheSize: facts.cacheBytes,
    totalMemory: facts.memoryBytes,
    memoryBandwidth: facts.dramBytesPerS,
    clockRate: facts.maxClockHz,
    smCount: facts.multiprocessors,
    pwGpuId: id,
    uuid: rank.uuid,
    chipName: facts.chip,
    cuDevice: id,
    computeMajor: facts.major,
    computeMinor: facts.minor,
    smMajor: facts.major,
    smMinor: facts.minor,
  }
}

function* streamRows(ranks: readonly RankPlan[]): Generator<Row> {
  for (const rank of ranks) {
    for (const streamId of Object.values(streamIds)) {
      yield { streamId, hwId: 0, vmId: 1, processId: rank.pid, contextId: 1, priority: 0, flag: 1 }
    }
  }
}

function* diagnosticRows(out: Export): Generator<Row> {
  const events = out.ranks.reduce((sum, rank) => sum + rank.activities.length, 0)
  yield { timestamp: -1_369_448_900, timestampType: 1, source: 2, severity: 1, text: 'Profiling has started.', globalPid: -(2 ** 57) }
  const text = events === 0 ? 'No CUDA events collected. Does the process use CUDA?' : `Number of CUDA events collected: ${events}.`
  for (const rank of out.ranks) {
    yield { timestamp: out.plan.endNs, timestampType: 2, source: 3, severity: events === 0 ? 2 : 1, text, globalPid: globalPid(rank) }
  }
}

export function writeTarget(out: Export): void {
  const { ranks, plan, version } = out
  table(
    out,
    'PROCESSES',
    ranks.map((rank) => ({ globalPid: globalPid(rank), pid: rank.pid, name: `VLLM::Worker_TP${rank.rank}` })),
  )
  table(
    out,
    'ThreadNames',
    ranks.map((rank) => ({ nameId: out.strings.id('VLLM::Worker'), priority: 20, globalTid: globalTid(rank) })),
  )
  table(out, 'ANALYSIS_DETAILS', [{ globalVid, duration: plan.endNs, startTime: 0, stopTime: plan.endNs }])
  const started = new Date(Number(out.startNs / 1_000_000n)).toISOString().slice(0, 19)
  table(out, 'TARGET_INFO_SESSION_START_TIME', [
    { utcEpochNs: out.startNs, utcTime: started, localTime: started, systemClockNs: 931_572_954_000_000 },
  ])
  table(out, 'TARGET_INFO_SYSTEM_ENV', [
    { globalVid, devStateName: 'Local (CLI)', name: 'Hostname', nameEnum: 4, value: 'node-a' },
    { globalVid, devStateName: 'Local (CLI)', name: 'NvDriverVersion', nameEnum: 85, value: '580.82.07' },
  ])
  table(
    out,
    'TARGET_INFO_GPU',
    ranks.map((rank, id) => gpuRow(plan, rank, id)),
  )
  const device = (rank: RankPlan, gpuId: number): Row => ({
    gpuId,
    cudaId: rank.ordinal,
    pid: rank.pid,
    uuid: rank.uuid,
    numMultiprocessors: gpuFacts(plan.scenario.gpuName).multiprocessors,
  })
  table(out, 'TARGET_INFO_CUDA_DEVICE', ranks.map(device))
  const context = (rank: RankPlan): Row => ({ nullStreamId: 7, vmId: 1, processId: rank.pid, deviceId: rank.ordinal, contextId: 1 })
  table(out, 'TARGET_INFO_CUDA_CONTEXT_INFO', ranks.map(context))
  table(out, 'TARGET_INFO_CUDA_STREAM', streamRows(ranks))
  table(out, 'DIAGNOSTIC_EVENT', diagnosticRows(out))
  table(out, 'ENUM_CUDA_MEMCPY_OPER', [
    { id: 0, name: 'CUDA_MEMCPY_KIND_UNKNOWN', label: 'Unknown' },
    { id: 1, name: 'CUDA_MEMCPY_KIND_HTOD', label: 'Host-to-Device' },
    { id: 2, name: 'CUDA_MEMCPY_KIND_DTOH', label: 'Device-to-Host' },
    { id: 8, name: 'CUDA_MEMCPY_KIND_DTOD', label: 'Device-to-Device' },
  ])
  table(out, 'META_DATA_CAPTURE', captureSettings(plan))
  const [major = '', minor = '', micro = ''] = version.split('.')
  const about = [
    ['EXPORT_PRODUCT_NAME', 'NVIDIA Nsight Systems'],
    ['EXPORT_PRODUCT_VERSION', productVersions[version]],
    ['EXPORT_SCHEMA_VERSION', version],
    ['EXPORT_SCHEMA_VERSION_MAJOR', major],
    ['EXPORT_SCHEMA_VERSION_MINOR', minor],
    ['EXPORT_SCHEMA_VERSION_MICRO', micro],
  ].map(([name = '', value = '']) => ({ name, value }))
  table(out, 'EXPORT_META_DATA', about)
  table(out, 'META_DATA_EXPORT', about)
}

function captureSettings(plan: Plan): Row[] {
  const settings: [string, string][] = [
    ['CAPTURE_EVENT_TYPE', 'Cuda'],
    ['CAPTURE_EVENT_TYPE', 'NvtxEvents'],
    ['CAPTURE_EVENT_TYPE', 'OSRuntime'],
    ['CUDA_GRAPH_TRACE_OPTIONS:MODE', plan.scenario.graphs === 'node' ? 'Node' : 'Graph'],
  ]
  return settings.map(([name, value]) => ({ name, value }))
}
