/** The built binary in a working folder of its own. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { buildBinary } from '../../build.ts'
import { checkoutRoot } from '../point.ts'

let building: Promise<string> | undefined

/** Rejects on an operational error; a negative outcome (status 1) is an answer. */
export async function runBinary(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<unknown> {
  building ??= buildBinary(join(checkoutRoot, 'dist'))
  const binary = await building
  return await new Promise((fulfil, reject) => {
    execFile(process.execPath, [binary, ...args], { cwd, maxBuffer: 1 << 30, env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 99
      if (status > 1)
        reject(new Error(`${args.slice(0, 3).join(' ')} ended with ${status}: ${stdout.slice(0, 500)}${stderr.slice(0, 500)}`))
      else fulfil(JSON.parse(stdout))
    })
  })
}
