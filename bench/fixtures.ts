/** Files that the bench reads: made once, kept under bench/out, which git ignores. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeGzip, writeKinetoFile } from './kineto-file.ts'

export const root = join(import.meta.dirname, '..')
export const outFolder = join(import.meta.dirname, 'out')

export interface TraceFixture {
  readonly path: string
  readonly packed: string
  readonly bytes: number
}

export function traceFixture(megabytes: number): TraceFixture {
  mkdirSync(outFolder, { recursive: true })
  const path = join(outFolder, `kineto-${megabytes}.json`)
  writeKinetoFile(path, megabytes)
  return { path, packed: writeGzip(path), bytes: statSync(path).size }
}

/** An nsys export written by Python's own sqlite3: not by anything of ours. */
export function kernelFixture(kernels: number, hostRows = 0): string {
  mkdirSync(outFolder, { recursive: true })
  const path = join(outFolder, `nsys-${kernels}-${hostRows}.sqlite`)
  if (existsSync(path)) return path
  const script = join(import.meta.dirname, 'make-nsys.py')
  const made = spawnSync('python3', [script, path, '--kernels', String(kernels), '--runtime', String(hostRows)], { stdio: 'inherit' })
  if (made.status !== 0) throw new Error('bench/make-nsys.py failed')
  return path
}

export interface BigTruth {
  readonly kernels: { readonly count: number; readonly sumNs: number }
  readonly busyNs: number
  readonly firstStartNs: number
  readonly lastEndNs: number
}

/** Bytes a kernel row takes in a file of 28 columns, with room to spare (measured 81 to 85). */
const BYTES_PER_KERNEL = 100

/** The generator's big export, streamed; its truth comes back. Throws where the disk has no room for it. */
export function bigFixture(path: string, kernels: number): BigTruth {
  mkdirSync(outFolder, { recursive: true })
  const { bavail, bsize } = statfsSync(outFolder)
  if (bavail * bsize < kernels * BYTES_PER_KERNEL * 1.2) throw new Error(`not enough room on the disk for ${kernels} kernels`)
  const args = ['--import', 'tsx', join(root, 'sim/cli.ts'), 'big', '--kernels', String(kernels), '--seed', '1', '--out', path]
  const made = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: root })
  if (made.status !== 0) throw new Error(`sim/cli.ts failed:\n${made.stderr}`)
  return JSON.parse(made.stdout) as BigTruth
}
