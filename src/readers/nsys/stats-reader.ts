/**
 * Reader of `nsys stats` output, CSV or text: statistics without a timeline.
 * https://docs.nvidia.com/nsight-systems/UserGuide/index.html#cli-stats-command-switch-options
 * Not read: event traces (`cuda_gpu_trace`), whose rows are counted as losses: read the export itself.
 */
import { basename } from 'node:path'
import { SextantError } from '#base/errors.ts'
import type { Capability, Capture } from '#model/capture.ts'
import type { Detection, Probe, Reader, ReadOptions, ReadResult, Source } from '#model/reader.ts'
import { readWhole } from '#platform/whole-file.ts'
import { looksLikeStats, parseStats } from './stats/parse-stats.ts'
import { reportOfFileName } from './stats/report-names.ts'

/** Summaries have a row per distinct name: a larger text is an event trace. */
const MAX_BYTES = 256 * 1024 * 1024

/** PowerShell's `>` writes UTF-16 with a byte-order mark. */
function decode(bytes: Uint8Array): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes)
}

function detect(probe: Probe): Detection | undefined {
  if (probe.isDirectory || probe.text.length === 0) return undefined
  return looksLikeStats(decode(probe.text)) ? { title: 'nsys stats summary' } : undefined
}

const absent: Capability = { state: 'absent', reason: 'a summary of nsys stats holds totals by name, no timeline' }

function empty(name: string): SextantError {
  return new SextantError(
    'empty_file',
    `${name} is empty: nsys stats writes an empty file where the report holds no such data. That is an abstention, not a measurement of zero.`,
    'Read the export itself (.sqlite), or run nsys stats again without --quiet to see the reason.',
  )
}

function textOf(source: Source, options: ReadOptions): string {
  if (source.size === 0) throw empty(source.name)
  const limit = Math.min(MAX_BYTES, options.limits.maxDecompressedBytes)
  const tooLarge = (cause?: unknown): SextantError =>
    new SextantError(
      'limit_exceeded',
      `${source.name} is larger than ${limit} bytes, which no summary of nsys stats is.`,
      'Read the export itself (.sqlite) instead of an event trace.',
      { limit },
      cause,
    )
  return decode(readWhole(source, limit, tooLarge))
}

async function read(source: Source, options: ReadOptions): Promise<ReadResult> {
  const text = textOf(source, options)
  if (text.trim() === '') throw empty(source.name)
  const { reports, losses } = parseStats(text, reportOfFileName(basename(source.path)))
  if (reports.length === 0) {
    throw new SextantError(
      'missing_data',
      `${source.name} holds no summary of nsys stats.`,
      'Write one with: nsys stats --force-export true --report cuda_gpu_kern_sum --format csv REPORT',
      { losses: losses.list().map((loss) => loss.code) },
    )
  }
  options.onProgress?.(source.size, source.size)
  const capture: Capture = {
    kind: 'nsys-stats',
    tool: { name: 'NVIDIA Nsight Systems' },
    clock: { originNs: '0', epoch: 'unknown', resolutionNs: 1 },
    devices: [],
    capabilities: {
      kernels: absent,
      copies: absent,
      'host-calls': absent,
      ranges: absent,
      'os-calls': absent,
      'kernel-statistics': kernelStatistics(reports),
    },
    statistics: reports,
    graphMode: 'unknown',
    diagnostics: reports.flatMap((report) =>
      report.skipped === undefined ? [] : [{ severity: 'info' as const, text: `${report.sourceName}: ${report.skipped}` }],
    ),
    facts: {},
    inventory: Object.fromEntries(
      reports.filter((report) => report.skipped === undefined).map((report) => [report.sourceName, report.rows.length]),
    ),
  }
  return { capture, losses: losses.list() }
}

function kernelStatistics(reports: NonNullable<Capture['statistics']>): Capability {
  const kernels = reports.filter((report) => report.report === 'kernels')
  if (kernels.some((report) => report.skipped === undefined)) return { state: 'available' }
  const [skipped] = kernels
  return skipped?.skipped === undefined
    ? { state: 'absent', reason: 'the file holds no kernel summary' }
    : { state: 'unknown', reason: `nsys skipped the kernel summary: ${skipped.skipped}` }
}

export const nsysStatsReader: Reader = {
  kind: 'nsys-stats',
  title: 'Nsight Systems statistics (nsys stats, CSV or text)',
  spec: 'https://docs.nvidia.com/nsight-systems/UserGuide/index.html#cli-stats-command-switch-options',
  version: 1,
  detect,
  read,
}
