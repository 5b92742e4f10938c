/** New traces in a folder, taken only when they are whole: writers put them there under their own names, piece by piece. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SextantError } from '#base/errors.ts'

interface FileState {
  readonly size: number
  readonly changedMs: number
}

export type FolderState = ReadonlyMap<string, FileState>

/** Endings of what the two back ends leave; other files (logs, tables of the profiler) are not traces. */
const traceEndings = ['.json', '.json.gz', '.sqlite', '.nsys-rep'] as const
const isTrace = (name: string): boolean => !name.startsWith('.') && traceEndings.some((ending) => name.endsWith(ending))

function listTraces(folder: string, path = ''): [string, FileState][] {
  return readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry): [string, FileState][] => {
    const name = path === '' ? entry.name : join(path, entry.name)
    // SGLang makes a folder per window; deeper ones are somebody else's.
    if (entry.isDirectory()) return path === '' ? listTraces(folder, entry.name) : []
    if (!entry.isFile() || !isTrace(entry.name)) return []
    const state = statSync(join(folder, name), { throwIfNoEntry: false })
    return state === undefined ? [] : [[name, { size: state.size, changedMs: state.mtimeMs }]]
  })
}

/** Throws `file_not_found` for a folder that is not there: the engine would write elsewhere. */
export function lookAtFolder(folder: string): FolderState {
  try {
    return new Map(listTraces(folder))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new SextantError(
      'file_not_found',
      `cannot list the folder of traces ${folder} (${code})`,
      'Name with --trace-dir the folder that the engine writes its traces to, as this machine sees it.',
      { code },
      error,
    )
  }
}

const pause = (ms: number): Promise<void> => new Promise((fulfil) => setTimeout(fulfil, ms))

const same = (a: FileState | undefined, b: FileState | undefined): boolean => a?.size === b?.size && a?.changedMs === b?.changedMs

export interface WaitOptions {
  /** So long nothing may have changed. */
  readonly settleMs: number
  /** In all. */
  readonly timeoutMs: number
  /** Says whether files that have settled are whole; a file that is not may still grow. */
  readonly isWhole: (paths: readonly string[]) => Promise<boolean>
  readonly signal?: AbortSignal
}

export type WaitResult =
  | { readonly state: 'whole' | 'incomplete'; readonly paths: readonly string[] }
  /** Nothing appeared. */
  | { readonly state: 'missing'; readonly paths: readonly [] }

/** A file that is not whole and has not changed for so many times the settling time will not change any more. */
const PATIENCE = 10

/** Waits for traces that were not there before, or have changed since, until they are whole. */
export async function waitForTraces(folder: string, before: FolderState, options: WaitOptions): Promise<WaitResult> {
  const { settleMs, timeoutMs, isWhole, signal } = options
  const untilMs = performance.now() + timeoutMs
  let seen: FolderState = new Map()
  let sinceMs = performance.now()
  let judgedIncomplete = false
  for (;;) {
    const now = lookAtFolder(folder)
    const fresh = new Map([...now].filter(([name, state]) => state.size > 0 && !same(before.get(name), state)))
    const isUnchanged = fresh.size > 0 && fresh.size === seen.size && [...fresh].every(([name, state]) => same(seen.get(name), state))
    if (!isUnchanged) {
      seen = fresh
      sinceMs = performance.now()
      judgedIncomplete = false
    }
    const paths = [...fresh.keys()].sort().map((name) => join(folder, name))
    const stillMs = performance.now() - sinceMs
    if (isUnchanged && stillMs >= settleMs && !judgedIncomplete) {
      if (await isWhole(paths)) return { state: 'whole', paths }
      judgedIncomplete = true
    }
    const isOver = performance.now() >= untilMs || signal?.aborted === true
    if (judgedIncomplete && (isOver || stillMs >= PATIENCE * settleMs)) return { state: 'incomplete', paths }
    if (isOver) return fresh.size === 0 ? { state: 'missing', paths: [] } : { state: 'incomplete', paths }
    await pause(Math.min(100, settleMs / 4))
  }
}
