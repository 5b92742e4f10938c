/** Traces written by a test, read by the real reader. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { defaultReadLimits, type Probe, type ReadLimits, type ReadResult } from '#model/reader.ts'
import { type TimelineNeed, timelineNeeds } from '#model/timeline.ts'
import { kinetoReader } from '#readers/kineto/reader.ts'

export interface ReadWith {
  needs?: readonly TimelineNeed[]
  limits?: Partial<ReadLimits>
}

export function readTraceFile(path: string, { needs = timelineNeeds, limits = {} }: ReadWith = {}): Promise<ReadResult> {
  const { size } = statSync(path)
  return kinetoReader.read(
    { path, name: basename(path), isDirectory: false, isGzip: path.endsWith('.gz'), size },
    { needs: new Set(needs), limits: { ...defaultReadLimits, ...limits } },
  )
}

export async function readTraceBytes(content: string | Uint8Array, options: ReadWith = {}): Promise<ReadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'kineto-'))
  try {
    const path = join(folder, 'trace.json')
    writeFileSync(path, content)
    return await readTraceFile(path, options)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A probe as detection sees it: the head, the tail, nothing of the name. */
export function probeOf(content: string | Uint8Array): Probe {
  const bytes = Buffer.from(content)
  const head = bytes.subarray(0, 65536)
  return {
    name: 'x',
    isDirectory: false,
    size: bytes.length,
    head,
    tail: bytes.subarray(-4096),
    text: head,
    isGzip: false,
    entries: [],
    headOf: () => new Uint8Array(),
  }
}

export interface TestEvent {
  [key: string]: unknown
}

export function kernelEvent(ts: string | number, dur: string | number, args: TestEvent = {}, rest: TestEvent = {}): string {
  const { name = 'k', pid = 0, tid = 7, cat = 'kernel' } = rest
  const written = JSON.stringify({ device: 0, context: 1, stream: 7, correlation: 1, ...args })
  return `{"ph": "X", "cat": ${JSON.stringify(cat)}, "name": ${JSON.stringify(name)}, "pid": ${JSON.stringify(pid)}, "tid": ${JSON.stringify(tid)}, "ts": ${ts}, "dur": ${dur}, "args": ${written}}`
}

export function traceText(events: readonly string[], before = '"schemaVersion": 1', after = '"traceName": "t"'): string {
  return `{\n  ${before},\n  "traceEvents": [\n  ${events.join(',\n  ')}\n  ],\n  ${after}\n}\n`
}
