/** Versions, settings, clock, diagnostics: what the metadata tables of an export say, each of them optional. */
import type { CaptureTool, Diagnostic, GraphMode } from '#model/capture.ts'
import { readSmallTable, tableNamed } from './column-plan.ts'
import type { TableSource } from './table-source.ts'

export interface ExportFacts {
  readonly tool: CaptureTool
  readonly facts: Record<string, string>
  readonly diagnostics: readonly Diagnostic[]
  readonly graphMode: GraphMode
  /** `utcEpochNs` of the session start. */
  readonly sessionStart: bigint | undefined
  /** CAPTURE_EVENT_TYPE values (`Cuda`, `NvtxEvents`…); undefined where the export has no capture metadata. */
  readonly captured: ReadonlySet<string> | undefined
}

/** Severity of DIAGNOSTIC_EVENT. */
const SEVERITIES: Readonly<Record<number, Diagnostic['severity']>> = { 1: 'info', 2: 'warning', 3: 'error', 4: 'verbose' }

async function namedValues(source: TableSource, tables: readonly string[]): Promise<{ found: boolean; pairs: [string, string][] }> {
  for (const table of tables) {
    if (tableNamed(source, table) === undefined) continue
    const rows = await readSmallTable(source, table, { name: 'text', value: 'text' })
    const pairs: [string, string][] = []
    for (let row = 0; row < rows.rows; row++) pairs.push([rows.texts('name')[row] ?? '', rows.texts('value')[row] ?? ''])
    return { found: true, pairs }
  }
  return { found: false, pairs: [] }
}

const first = (pairs: readonly [string, string][], name: string): string | undefined =>
  pairs.find(([key, value]) => key === name && value !== '')?.[1]

/** 12080 (CUDA's own coding: major × 1000 + minor × 10) -> 12.8. */
function cudaVersion(coded: string | undefined): string | undefined {
  const value = Number(coded)
  return coded !== undefined && Number.isInteger(value) && value >= 1000
    ? `${Math.floor(value / 1000)}.${Math.floor((value % 1000) / 10)}`
    : undefined
}

/** `…/libcupti.so.12.8` on Linux, `…\cupti64_132.dll` on Windows. */
function cuptiVersion(text: string): string | undefined {
  const linux = /libcupti\.so\.(\d+(?:\.\d+)*)/.exec(text)?.[1]
  if (linux !== undefined) return linux
  const windows = /cupti64_(\d+)(\d)\.dll/.exec(text)
  return windows === null ? undefined : `${windows[1]}.${windows[2]}`
}

/** Evidence for a CUPTI that is older than the driver, from what the profiler itself logged. */
function factsOfDiagnostics(diagnostics: readonly Diagnostic[], facts: Record<string, string>): void {
  for (const { text } of diagnostics) {
    const cupti = cuptiVersion(text)
    if (cupti !== undefined) facts['cupti'] ??= cupti
    if (/CUDA versions?\b.*CUPTI|CUPTI\/Runtime\/Driver/i.test(text)) {
      facts['cuda-versions'] ??= text
      const three =
        /CUPTI\D*Runtime\D*Driver\D*([\d.]+)\D+([\d.]+)\D+([\d.]+)/.exec(text) ??
        /CUPTI\D*([\d.]+)\D*Runtime\D*([\d.]+)\D*Driver\D*([\d.]+)/.exec(text)
      if (three?.[1] !== undefined && three[2] !== undefined && three[3] !== undefined) {
        facts['cupti'] = cudaVersion(three[1]) ?? three[1]
        facts['cuda-runtime'] = cudaVersion(three[2]) ?? three[2]
        facts['cuda-driver'] = cudaVersion(three[3]) ?? three[3]
      }
    }
    if (/CUDA driver version .* is not supported/i.test(text)) facts['cuda-driver-unsupported'] ??= text
  }
}

async function readDiagnostics(source: TableSource): Promise<Diagnostic[]> {
  const table = await readSmallTable(source, 'DIAGNOSTIC_EVENT', { severity: 'number', text: 'text' })
  return Array.from({ length: table.rows }, (_, row) => ({
    severity: SEVERITIES[table.numbers('severity')[row] ?? 1] ?? 'info',
    text: table.texts('text')[row] ?? '',
  }))
}

/** The mode's key is `CUDA_GRAPH_TRACE_OPTIONS:MODE`, in older exports with a `PROCESS_<n>:` prefix. Processes that disagree: unknown. */
export function graphModeOf(pairs: readonly (readonly [string, string])[]): GraphMode {
  const modes = new Set(pairs.filter(([name]) => name.endsWith('CUDA_GRAPH_TRACE_OPTIONS:MODE')).map(([, value]) => value.toLowerCase()))
  const [mode] = modes
  return modes.size === 1 && (mode === 'graph' || mode === 'node') ? mode : 'unknown'
}

export async function readExportFacts(source: TableSource): Promise<ExportFacts> {
  const { pairs: product } = await namedValues(source, ['META_DATA_EXPORT', 'EXPORT_META_DATA'])
  const capture = await namedValues(source, ['META_DATA_CAPTURE'])
  const { pairs: system } = await namedValues(source, ['TARGET_INFO_SYSTEM_ENV'])
  const diagnostics = await readDiagnostics(source)
  const session = await readSmallTable(source, 'TARGET_INFO_SESSION_START_TIME', { utcEpochNs: 'id64' })
  const analysis = await readSmallTable(source, 'ANALYSIS_DETAILS', { duration: 'text' })
  const facts: Record<string, string> = {}
  const put = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') facts[name] = value
  }
  put('product-version', first(product, 'EXPORT_PRODUCT_VERSION'))
  put('schema-version', first(product, 'EXPORT_SCHEMA_VERSION'))
  put('driver-version', first(system, 'NvDriverVersion'))
  put('cuda-driver', cudaVersion(first(system, 'CudaDriverVersion')))
  put('collection-span-ns', analysis.texts('duration')[0])
  const captured = capture.pairs.filter(([name]) => name === 'CAPTURE_EVENT_TYPE').map(([, value]) => value)
  put('captured-event-types', captured.join(','))
  factsOfDiagnostics(diagnostics, facts)
  const version = facts['product-version']
  const schemaVersion = facts['schema-version']
  return {
    tool: {
      name: 'NVIDIA Nsight Systems',
      ...(version === undefined ? {} : { version }),
      ...(schemaVersion === undefined ? {} : { schemaVersion }),
    },
    facts,
    diagnostics,
    graphMode: graphModeOf(capture.pairs),
    sessionStart: session.ids('utcEpochNs')[0],
    captured: capture.found ? new Set(captured) : undefined,
  }
}
