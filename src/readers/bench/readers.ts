/** Readers of load generators' results, one line each. */
import type { Reader } from '#model/reader.ts'
import { aiperfReader, genaiPerfReader } from './aiperf-readers.ts'
import { driveLoadReader } from './drive-load.ts'
import { driveRequestsReader } from './drive-requests.ts'
import { driveResultReader } from './drive-result.ts'
import { guidellmReader } from './guidellm.ts'
import { inferencePerfReader } from './inference-perf.ts'
import { inferencePerfbenchReader } from './inference-perfbench.ts'
import { llmdReportReader } from './llmd-report.ts'
import { llmperfReader } from './llmperf.ts'
import { perfReportReader } from './perf-report.ts'
import { inferencexReader, sglangBenchReader, vllmBenchReader } from './serving-readers.ts'

export const benchReaders: readonly Reader[] = [
  aiperfReader,
  driveLoadReader,
  driveRequestsReader,
  driveResultReader,
  genaiPerfReader,
  guidellmReader,
  inferencePerfReader,
  inferencePerfbenchReader,
  inferencexReader,
  llmdReportReader,
  llmperfReader,
  perfReportReader,
  sglangBenchReader,
  vllmBenchReader,
]
