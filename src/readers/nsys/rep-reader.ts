/**
 * Reader of `.nsys-rep` (and older `.qdrep`) reports. The format is not public: the file is exported with the `nsys` found on PATH
 * into a private temporary folder, never beside the capture, so that no sidecar is left behind and no stale one is reused
 * (`nsys` itself silently reuses a stale `REPORT.sqlite` beside a newer report). Without `nsys` the answer is how to export it.
 * Facts from the header: ASCII `NVIDIA Tegra Profiler Report <year>@<major>@<minor>@<build>`.
 */
import { execFile } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { SextantError } from '#base/errors.ts'
import { shellWord } from '#base/shell-word.ts'
import type { Detection, Probe, Reader, ReadOptions, ReadResult, Source } from '#model/reader.ts'
import { openRandomAccess } from '#platform/access.ts'
import { readNsysTables } from './read-nsys-tables.ts'
import { openSqlite } from './sqlite/open-sqlite.ts'

const HEADER = /^NVIDIA Tegra Profiler Report (\d+)@(\d+)@(\d+)@(\d+)/

/** An export of a 1 GB report takes minutes, not an hour. */
const EXPORT_TIMEOUT_MS = 60 * 60 * 1000

/** nsys prints a progress bar; more than this is not a diagnosis. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024

/** `2026.1.1.204`, or undefined where the file is no report. */
export function reportVersion(head: Uint8Array): string | undefined {
  const text = Array.from(head.subarray(0, 128), (byte) => String.fromCharCode(byte)).join('')
  const match = HEADER.exec(text)
  return match === null ? undefined : match.slice(1, 5).join('.')
}

function detect(probe: Probe): Detection | undefined {
  if (probe.isDirectory) return undefined
  const version = reportVersion(probe.head)
  return version === undefined ? undefined : { title: `nsys report of Nsight Systems ${version}`, version }
}

/** The `nsys` on PATH; `SEXTANT_NSYS` overrides it. */
function findNsys(): string | undefined {
  const named = process.env['SEXTANT_NSYS']
  const candidates =
    named !== undefined && named !== ''
      ? [resolve(named)]
      : (process.env['PATH'] ?? '')
          .split(delimiter)
          .filter((folder) => folder !== '')
          .map((folder) => join(folder, 'nsys'))
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function exportCommand(name: string): string {
  return `nsys export --type sqlite --force-overwrite true -o capture.sqlite ${shellWord(name)}`
}

async function exportReport(nsys: string, source: Source, target: string): Promise<void> {
  const args = ['export', '--type', 'sqlite', '--force-overwrite', 'true', '-o', target, resolve(source.path)]
  try {
    await promisify(execFile)(nsys, args, { timeout: EXPORT_TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES })
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n').slice(-3).join(' ') : ''
    throw new SextantError(
      'tool_failed',
      `nsys could not export ${source.name}${output === '' ? '' : `: ${output}`}`,
      `Export it with the nsys that captured it: ${exportCommand(source.name)}`,
      {},
      error,
    )
  }
}

function versionOf(source: Source): string | undefined {
  const file = openRandomAccess(source.path)
  try {
    return reportVersion(file.read(0, 128))
  } finally {
    file.close()
  }
}

async function read(source: Source, options: ReadOptions): Promise<ReadResult> {
  const version = versionOf(source)
  const nsys = findNsys()
  if (nsys === undefined) {
    throw new SextantError(
      'tool_missing',
      `${source.name} is a report of Nsight Systems ${version ?? '(version unreadable)'}: its format is not public, and there is no nsys on PATH to export it.`,
      `Where nsys ${version ?? ''} or newer is installed, run: ${exportCommand(source.name)}`,
      version === undefined ? {} : { productVersion: version },
    )
  }
  const folder = mkdtempSync(join(tmpdir(), 'sextant-nsys-'))
  try {
    const target = join(folder, 'capture.sqlite')
    await exportReport(nsys, source, target)
    // nsys exits with 0 for many failures: the file is the evidence.
    let tables: ReturnType<typeof openSqlite>
    try {
      tables = openSqlite(target, { name: `export of ${source.name}` })
    } catch (error) {
      throw new SextantError(
        'tool_failed',
        `nsys exported nothing readable from ${source.name}`,
        `Try by hand: ${exportCommand(source.name)}`,
        {},
        error,
      )
    }
    try {
      return await readNsysTables(tables, options, 'nsys-rep')
    } finally {
      tables.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const nsysRepReader: Reader = {
  kind: 'nsys-rep',
  title: 'Nsight Systems report (.nsys-rep)',
  spec: 'https://docs.nvidia.com/nsight-systems/UserGuide/index.html#exporting',
  version: 1,
  detect,
  read,
}
