#!/usr/bin/env node
/** Picks the door: `mcp` serves, everything else is the command line. */

/** A reader that went away (`sextant kernels x | head`) is no error of ours. */
function quietOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}

/** The status of sysexits.h for a bug. */
const BUG = 70

/** Columns for text: the terminal's; piped output has no end of line unless SEXTANT_COLUMNS names one. */
function widthOf(stdout: NodeJS.WriteStream): { readonly width?: number } {
  const wanted = Number(process.env['SEXTANT_COLUMNS'] ?? Number.NaN)
  if (Number.isInteger(wanted) && wanted >= 40) return { width: wanted }
  return stdout.isTTY ? { width: stdout.columns } : {}
}

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'mcp') {
    const { serveMcp } = await import('#mcp/serve.ts')
    return serveMcp(args.slice(1), { cwd: process.cwd(), env: process.env })
  }
  const { runCommandLine } = await import('#cli/run.ts')
  return runCommandLine(args, {
    cwd: process.cwd(),
    env: process.env,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    stderrIsTerminal: process.stderr.isTTY === true && process.stdout.isTTY === true,
    ...widthOf(process.stdout),
  })
}

process.stdout.on('error', quietOnClosedPipe)
process.stderr.on('error', quietOnClosedPipe)
/** What was written has been taken by the system. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((fulfil) => stream.write('', () => fulfil()))
}

try {
  const status = await main(process.argv.slice(2))
  await Promise.all([written(process.stdout), written(process.stderr)])
  // Not by emptying the event loop: after an early error, the hash of a large capture may still be running on its thread.
  process.exit(status)
} catch (error) {
  const stack = process.env['SEXTANT_DEBUG'] !== undefined && error instanceof Error ? `\n${error.stack}` : ''
  process.stderr.write(`bug: ${String(error)}${stack}\nhint: run again with SEXTANT_DEBUG=1 and report what it prints.\n`)
  process.exitCode = BUG
}
