/** `sextant drive` in the test's process, with the files that it wrote. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Drive, DriveCell, DriveResult } from '../../src/formats/drive-result.ts'
import { runInProcess } from './in-process.ts'

export interface RequestLine {
  readonly cell: string
  readonly index: number
  readonly phase: 'measured' | 'warm-up'
  readonly outcome: string
  readonly attempt: number
  readonly conversation?: number
  readonly turn: number
  readonly prompt_tokens?: number
  readonly output_tokens?: number
  readonly scheduled_ns: string
  readonly sent_ns: string
  readonly first_content_ns?: string
  readonly last_content_ns?: string
  readonly end_ns: string
  readonly chunk_ns: readonly string[]
  readonly chunk_bits: readonly number[]
}

export interface DriveRun {
  readonly status: number
  readonly result: DriveResult
  readonly cell: DriveCell
  readonly lines: readonly RequestLine[]
  readonly files: ReadonlyMap<string, string>
}

/** Runs it with `--out` into a folder of its own, which is removed. Throws where it answers with an error. */
export async function drive(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<DriveRun> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-drive-'))
  try {
    const run = await runInProcess(['drive', ...args, '--out', join(folder, 'out'), '--json'], { env })
    if (run.status > 1) throw new Error(run.stderr)
    const output = JSON.parse(run.stdout) as Drive
    const files = new Map(output.written.map(({ path }) => [path, readFileSync(join(folder, 'out', path), 'utf8')] as const))
    const lines = (files.get('drive-requests.jsonl') ?? '').split('\n').filter((line) => line !== '')
    const [cell] = output.result?.cells ?? []
    if (output.result === undefined || cell === undefined) throw new Error('a run without a result')
    return { status: run.status, result: output.result, cell, lines: lines.map((line) => JSON.parse(line) as RequestLine), files }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A statistic of a cell in ns; throws where it was not measured. */
export function latencyNs(
  cell: DriveCell,
  quantity: string,
  definition: string,
  statistic: 'meanNs' | 'p50Ns' | 'p99Ns' | 'maxNs',
): number {
  const found = cell.latencies.find((each) => each.quantity === quantity && each.definition === definition)
  if (found === undefined) throw new Error(`no ${quantity} (${definition})`)
  return found[statistic]
}
