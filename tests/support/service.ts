/** Real servers for tests: on a free port of 127.0.0.1, with their data in a folder of their own, ended by process id. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './free-port.ts'

export interface Service {
  readonly url: string
  readonly pid: number
  readonly folder: string
  stop(): Promise<void>
}

export interface ServiceProgram {
  readonly command: string
  readonly arguments: (port: number, folder: string) => readonly string[]
  /** Answers 200 once the service takes requests. */
  readonly readyPath: string
  /** Runs before the service, with its data folder. */
  readonly prepare?: (folder: string) => void
}

/** Whether a program is on PATH. */
export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1" >/dev/null', 'sh', name]).status === 0
}

const STARTS = 3
const READY_WITHIN_MS = 30_000

/** A test process that ends, however it ends, takes its services with it. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

async function isReady(url: string, child: ChildProcess): Promise<boolean> {
  for (const until = Date.now() + READY_WITHIN_MS; Date.now() < until; await pause(50)) {
    if (child.exitCode !== null || child.signalCode !== null) return false
    const answer = await fetch(url).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok === true) return true
  }
  return false
}

async function end(child: ChildProcess): Promise<void> {
  running.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((fulfil) => child.once('exit', () => fulfil()))
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(killer)
}

/** Starts again on another port where somebody took the first one between looking and listening. */
export async function startService(program: ServiceProgram): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-service-'))
  let said = ''
  try {
    program.prepare?.(folder)
    for (let start = 0; start < STARTS; start += 1) {
      const port = await freePort()
      const url = `http://127.0.0.1:${port}`
      const child = spawn(program.command, program.arguments(port, folder), { stdio: ['ignore', 'ignore', 'pipe'] })
      running.add(child)
      child.stderr?.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-2000)
      })
      child.on('error', (error) => {
        said += String(error)
      })
      if (await isReady(url + program.readyPath, child)) {
        const stop = async (): Promise<void> => {
          await end(child)
          rmSync(folder, { recursive: true, force: true })
        }
        return { url, pid: child.pid ?? 0, folder, stop }
      }
      await end(child)
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  rmSync(folder, { recursive: true, force: true })
  throw new Error(`${program.command} did not start: ${said}`)
}
