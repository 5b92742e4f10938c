/**
 * Reader of `nsys export --type parquetdir` folders; `arrowdir` folders are recognised and refused with the fix.
 * https://docs.nvidia.com/nsight-systems/UserGuide/index.html (nsys export). META_DATA_CAPTURE is missing in this container
 * (nsys 2023.4.4 wrote 171 files for 179 tables), so the graph mode and what was traced are unknown.
 */
import { SextantError } from '#base/errors.ts'
import type { Detection, Probe, Reader, ReadOptions, ReadResult, Source } from '#model/reader.ts'
import { openParquetdir } from './parquet/open-parquetdir.ts'
import { readNsysTables } from './read-nsys-tables.ts'
import { isNsysTable } from './sqlite-reader.ts'

const SUFFIXES = ['.parquet', '.arrow'] as const

function tablesWith(probe: Probe, suffix: string): string[] {
  return probe.entries
    .filter((entry) => !entry.isDirectory && entry.name.endsWith(suffix))
    .map((entry) => entry.name.slice(0, -suffix.length))
}

function detect(probe: Probe): Detection | undefined {
  if (!probe.isDirectory) return undefined
  const [parquet, arrow] = SUFFIXES.map((suffix) => tablesWith(probe, suffix).some(isNsysTable))
  if (parquet === true) return { title: 'nsys parquetdir export' }
  return arrow === true ? { title: 'nsys arrowdir export (not read)' } : undefined
}

async function read(source: Source, options: ReadOptions): Promise<ReadResult> {
  const tables = openParquetdir(source.path)
  try {
    if (tables.tables.size === 0) {
      throw new SextantError(
        'unsupported_format',
        `${source.name} is an nsys arrowdir export, which Sextant does not read.`,
        'Export the report again: nsys export --type sqlite --force-overwrite true -o OUT.sqlite REPORT.nsys-rep (or --type parquetdir)',
      )
    }
    const result = await readNsysTables(tables, options, 'nsys-parquetdir')
    options.onProgress?.(source.size, source.size)
    return result
  } finally {
    tables.close()
  }
}

export const nsysParquetdirReader: Reader = {
  kind: 'nsys-parquetdir',
  title: 'Nsight Systems parquetdir export',
  spec: 'https://docs.nvidia.com/nsight-systems/UserGuide/index.html#exporting',
  version: 1,
  detect,
  read,
}
