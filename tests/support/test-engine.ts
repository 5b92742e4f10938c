/** A small client for tests of the engine: raw bytes in and out, so that what is on the wire can be asserted. */
import { connect } from 'node:net'
import { afterEach } from 'vitest'
import { type RunningEngine, startEngine } from '../../sim/engine/engine.ts'
import { type EngineOptions, plainEngine } from '../../sim/engine/engine-options.ts'
import type { RequestRecord, StepRecord, TruthRecord } from '../../sim/engine/truth-records.ts'

const running: RunningEngine[] = []
afterEach(async () => {
  for (const engine of running.splice(0)) await engine.stop()
})

export interface TestEngine {
  readonly engine: RunningEngine
  readonly url: string
  readonly records: TruthRecord[]
  requests(): RequestRecord[]
  steps(): StepRecord[]
}

/** A fast engine that is stopped after the test. */
export async function testEngine(change: Partial<EngineOptions> = {}): Promise<TestEngine> {
  const records: TruthRecord[] = []
  const engine = await startEngine({ ...plainEngine, timeScale: 0.2, ...change }, { onRecord: (record) => records.push(record) })
  running.push(engine)
  return {
    engine,
    url: engine.url,
    records,
    requests: () => records.filter((record) => record.kind === 'request'),
    steps: () => records.filter((record) => record.kind === 'step'),
  }
}

export interface RawAnswer {
  /** Each read from the socket. */
  readonly reads: readonly Buffer[]
  readonly text: string
  /** Error code where the connection was broken. */
  readonly error?: string
}

/** Sends bytes, reads until the server closes or `until` holds. */
export function exchangeRaw(port: number, sent: string, until: (text: string) => boolean = () => false): Promise<RawAnswer> {
  return new Promise((fulfil) => {
    const reads: Buffer[] = []
    let error: string | undefined
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(sent))
    const text = (): string => Buffer.concat(reads).toString('utf8')
    socket.on('data', (bytes) => {
      reads.push(bytes)
      if (until(text())) socket.destroy()
    })
    socket.on('error', (failure: NodeJS.ErrnoException) => {
      error = failure.code ?? 'error'
    })
    socket.on('close', () => fulfil({ reads, text: text(), ...(error === undefined ? {} : { error }) }))
  })
}

export interface Streamed {
  readonly status: number
  /** Payloads of `data:` lines, in order. */
  readonly events: readonly string[]
  /** How reading failed, where it did. */
  readonly error?: string
}

/** A streamed request through fetch, whose parser of HTTP is not ours. */
export async function stream(url: string, body: Record<string, unknown>, path = '/v1/completions'): Promise<Streamed> {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ stream: true, stream_options: { include_usage: true }, ...body }),
  })
  let text = ''
  let error: string | undefined
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    for await (const bytes of answer.body ?? []) text += decoder.decode(bytes as Uint8Array, { stream: true })
    text += decoder.decode()
  } catch (failure) {
    error = String(failure)
  }
  const events = text.split('\n\n').flatMap((event) => (event.startsWith('data: ') ? [event.slice(6)] : []))
  return { status: answer.status, events, ...(error === undefined ? {} : { error }) }
}
