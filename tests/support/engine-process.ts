/** The simulated engine as a process of its own: a client measured beside it must not share its event loop. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProfileRecord, RequestRecord, StartRecord, StepRecord, TruthRecord } from '../../sim/engine/truth-records.ts'
import { checkoutRoot } from './checkout.ts'

export interface EngineTruth {
  readonly start: StartRecord
  readonly requests: readonly RequestRecord[]
  readonly steps: readonly StepRecord[]
  readonly profiles: readonly ProfileRecord[]
}

export interface EngineProcess {
  readonly url: string
  /** Stops it and reads what it wrote. */
  truth(): Promise<EngineTruth>
  stop(): Promise<void>
}

/** The address that a starting engine prints. Rejects with all it printed where it ends before. */
export function firstUrl(child: ChildProcess): Promise<string> {
  return new Promise((fulfil, reject) => {
    let text = ''
    const take = (part: unknown) => {
      text += String(part)
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0]
      if (url !== undefined) fulfil(url)
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    child.once('exit', (code) => reject(new Error(`the engine ended with ${code}: ${text}`)))
  })
}

/** @param args of `sextant sim engine`. */
export async function engineProcess(args: readonly string[] = []): Promise<EngineProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-engine-'))
  const path = join(folder, 'truth.jsonl')
  // The loader without its parent process, so that stopping it stops the engine.
  const child = spawn(
    process.execPath,
    [
      '--import',
      join(checkoutRoot, 'node_modules/tsx/dist/loader.mjs'),
      join(checkoutRoot, 'src/main.ts'),
      'sim',
      'engine',
      '--truth',
      path,
      '--duration-s',
      '600',
      ...args,
    ],
    {
      cwd: checkoutRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const ended = new Promise<void>((fulfil) => child.once('exit', () => fulfil()))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const url = await firstUrl(child)
    return {
      url,
      stop,
      async truth() {
        child.kill('SIGTERM')
        await ended
        const records = readFileSync(path, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as TruthRecord)
        rmSync(folder, { recursive: true, force: true })
        const [start] = records.filter((record) => record.kind === 'start')
        if (start === undefined) throw new Error('the truth has no beginning')
        return {
          start,
          requests: records.filter((record) => record.kind === 'request'),
          steps: records.filter((record) => record.kind === 'step'),
          profiles: records.filter((record) => record.kind === 'profile'),
        }
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}
