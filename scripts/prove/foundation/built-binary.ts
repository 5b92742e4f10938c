/** The real commands: the built binary, built from what is in the checkout now. */
import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Ask } from '../../../tests/support/generator-truth.ts'
import { buildBinary } from '../../build.ts'
import { checkoutRoot } from '../point.ts'

let building: Promise<string> | undefined

/** Asks `dist/sextant.js`, built at the first question. */
export async function askBinary(args: readonly string[]): Promise<unknown> {
  building ??= buildBinary(join(checkoutRoot, 'dist'))
  const binary = await building
  const { status, stdout, stderr } = await run(process.execPath, [binary, ...args])
  if (status > 1) throw new Error(`${args.join(' ')} ended with ${status}: ${stdout.slice(0, 300)}${stderr.slice(0, 300)}`)
  return JSON.parse(stdout)
}

askBinary satisfies Ask

function run(program: string, args: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((fulfil) => {
    execFile(program, [...args], { cwd: checkoutRoot, maxBuffer: 1 << 30 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 99
      fulfil({ status, stdout, stderr })
    })
  })
}

/** As many at a time as there are cores; results in order. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next
      next += 1
      results[index] = await work(items[index] as T) // index < length
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return results
}
