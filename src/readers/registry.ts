/** Every reader, one line each. Order does not matter: exactly one claims any file (registry.test.ts). */
import type { Reader } from '#model/reader.ts'
import { benchReaders } from './bench/readers.ts'
import { ncuKernelsJsonReader } from './kernels-json/ncu-kernels-reader.ts'
import { kernelsJsonReader } from './kernels-json/reader.ts'
import { kinetoReader } from './kineto/reader.ts'
import { expositionReader } from './metrics/exposition-reader.ts'
import { telemetryReader } from './metrics/telemetry-reader.ts'
import { ncuCsvReader } from './ncu/csv-reader.ts'
import { ncuReportReader } from './ncu/report-reader.ts'
import { nsysParquetdirReader } from './nsys/parquetdir-reader.ts'
import { nsysRepReader } from './nsys/rep-reader.ts'
import { nsysSqliteReader } from './nsys/sqlite-reader.ts'
import { nsysStatsReader } from './nsys/stats-reader.ts'
import { zymtraceReader } from './zymtrace/reader.ts'

export const readers: readonly Reader[] = [
  ...benchReaders,
  expositionReader,
  kernelsJsonReader,
  kinetoReader,
  ncuCsvReader,
  ncuKernelsJsonReader,
  ncuReportReader,
  nsysParquetdirReader,
  nsysRepReader,
  nsysSqliteReader,
  nsysStatsReader,
  zymtraceReader,
  telemetryReader,
]
