/**
 * Load generators on the same engine, each as a process of its own: CPU by the system's account, events and their lateness by the
 * engine's truth. SEXTANT_BENCH_CLIENTS names a folder with Python environments `aiperf` and `guidellm`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RequestRecord, StartRecord, TruthRecord } from '../../sim/engine/truth-records.ts'
import type { DriveResult } from '../../src/formats/drive-result.ts'

export interface Stamp {
  /** Epoch ns at which a client says an event of a request arrived; which event: index among those with tokens. */
  readonly epochNs: bigint
  readonly event: number
}

export interface Client {
  readonly name: string
  /** Command for `requests` requests at a concurrency; results go into `folder`. */
  command(
    url: string,
    streams: number,
    requests: number,
    tokens: number,
    folder: string,
  ): { readonly command: readonly string[]; readonly env: Record<string, string> }
  /** By the request's id in the engine's truth (its `x-request-id`, or the id of its answer). */
  stamps(folder: string): Map<string, Stamp[]>
  /** Result file for `bench-result`, and the mean TTFT in ms that the client itself states there. */
  readonly result: string
  statedTtftMs(folder: string): number
}

function jsonAt(path: string, ...keys: readonly (string | number)[]): number {
  let value: unknown = JSON.parse(readFileSync(path, 'utf8'))
  for (const key of keys) value = (value as Readonly<Record<string | number, unknown>> | undefined)?.[key]
  return typeof value === 'number' ? value : Number.NaN
}

interface OurLine {
  readonly index: number
  readonly attempt: number
  readonly phase: string
  readonly chunk_ns: readonly string[]
  readonly chunk_bits: readonly number[]
}

function jsonLines<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}

export function sextantClient(binary: string): Client {
  return {
    name: 'sextant drive',
    result: 'out/drive-result.json',
    statedTtftMs(folder) {
      const { cells } = JSON.parse(readFileSync(join(folder, 'out/drive-result.json'), 'utf8')) as DriveResult
      const found = cells[0]?.latencies.find(({ quantity, definition }) => quantity === 'ttft' && definition === 'first-content')
      return (found?.meanNs ?? Number.NaN) / 1e6
    },
    command: (url, streams, requests, tokens, folder) => ({
      // It ends with 1 where it calls the run INVALID: here that is a figure, not a failure.
      command: [
        'sh',
        '-c',
        '"$@"; test $? -le 1',
        'sh',
        process.execPath,
        binary,
        'drive',
        url,
        '--concurrency',
        String(streams),
        '--requests',
        String(requests),
        '--input-tokens',
        '50',
        '--output-tokens',
        String(tokens),
        '--warm-up-requests',
        '0',
        '--tokens-per-word',
        '1',
        '--no-metrics',
        '--force',
        '--salt',
        'bench',
        '--max-error-ratio',
        '1',
        '--out',
        join(folder, 'out'),
        '--json',
      ],
      env: {},
    }),
    stamps(folder) {
      const lines = jsonLines<OurLine>(join(folder, 'out/drive-requests.jsonl'))
      return new Map(
        lines.map(({ index, attempt, chunk_ns: stamps, chunk_bits: bits }) => [
          `-${index}-${attempt}`,
          stamps.filter((_, at) => ((bits[at] ?? 0) & 2) !== 0).map((text, event) => ({ epochNs: BigInt(text), event })),
        ]),
      )
    },
  }
}

interface AiperfLine {
  readonly metadata: { readonly x_request_id: string; readonly request_start_ns: number }
  readonly metrics: Readonly<Record<string, { readonly value: number | readonly number[] }>>
}

/** Its epoch stamps exceed 2^53: the digits are taken from the text. */
function aiperfStamps(path: string): Map<string, Stamp[]> {
  const found = new Map<string, Stamp[]>()
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    if (text === '') continue
    const line = JSON.parse(text) as AiperfLine
    const start = /"request_start_ns":(\d+)/.exec(text)?.[1]
    const first = line.metrics['time_to_first_token']?.value
    const gaps = line.metrics['inter_chunk_latency']?.value
    if (start === undefined || typeof first !== 'number') continue
    let ms = first
    const stamps = [{ epochNs: BigInt(start) + BigInt(Math.round(ms * 1e6)), event: 0 }]
    for (const gap of Array.isArray(gaps) ? (gaps as readonly number[]) : []) {
      ms += gap
      stamps.push({ epochNs: BigInt(start) + BigInt(Math.round(ms * 1e6)), event: stamps.length })
    }
    found.set(line.metadata.x_request_id, stamps)
  }
  return found
}

/** A hub cache with one tokenizer of words, because neither client works without a tokenizer and nothing is fetched here. */
export function makeTokenizer(folder: string, words: readonly string[]): { readonly home: string; readonly path: string } {
  const revision = '0'.repeat(40)
  const repository = join(folder, 'hub/models--bench--words')
  const path = join(repository, 'snapshots', revision)
  mkdirSync(path, { recursive: true })
  mkdirSync(join(repository, 'refs'), { recursive: true })
  writeFileSync(join(repository, 'refs/main'), revision)
  const vocabulary = Object.fromEntries(
    ['<unk>', '<s>', '</s>', ...new Set(words), ...'abcdefghijklmnopqrstuvwxyz0123456789.,!?'].map((word, id) => [word, id]),
  )
  const tokenizer = {
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', vocab: vocabulary, unk_token: '<unk>' },
  }
  writeFileSync(join(path, 'tokenizer.json'), JSON.stringify(tokenizer))
  writeFileSync(
    join(path, 'tokenizer_config.json'),
    JSON.stringify({
      tokenizer_class: 'PreTrainedTokenizerFast',
      unk_token: '<unk>',
      bos_token: '<s>',
      eos_token: '</s>',
      model_max_length: 100_000,
      chat_template: "{% for m in messages %}{{ m['content'] }}{% endfor %}",
    }),
  )
  writeFileSync(join(path, 'config.json'), '{"model_type":"llama"}')
  return { home: folder, path }
}

export function aiperfClient(folder: string, home: string): Client | undefined {
  const program = join(folder, 'aiperf/bin/aiperf')
  if (!existsSync(program)) return undefined
  return {
    name: 'aiperf',
    result: 'out/profile_export_aiperf.json',
    statedTtftMs: (out) => jsonAt(join(out, 'out/profile_export_aiperf.json'), 'time_to_first_token', 'avg'),
    command: (url, streams, requests, tokens, out) => ({
      command: [
        program,
        'profile',
        '-m',
        'sextant/simulated-8b',
        '--url',
        url,
        '--endpoint-type',
        'chat',
        '--streaming',
        '--tokenizer',
        'bench/words',
        '--concurrency',
        String(streams),
        '--request-count',
        String(requests),
        '--isl',
        '50',
        '--osl',
        String(tokens),
        '--extra-inputs',
        'ignore_eos:true',
        '--use-server-token-count',
        '--output-artifact-dir',
        join(out, 'out'),
        '--ui',
        'none',
        '--export-level',
        'records',
      ],
      env: { HF_HOME: home, HF_HUB_OFFLINE: '1' },
    }),
    stamps: (out) => aiperfStamps(join(out, 'out/profile_export.jsonl')),
  }
}

interface GuideRequest {
  readonly response_id: string
  readonly request_start_time: number
  readonly time_to_first_token_ms: number | null
}

export function guidellmClient(folder: string, home: string, tokenizer: string): Client | undefined {
  const program = join(folder, 'guidellm/bin/guidellm')
  if (!existsSync(program)) return undefined
  return {
    name: 'guidellm',
    result: 'out/benchmarks.json',
    statedTtftMs: (out) =>
      jsonAt(join(out, 'out/benchmarks.json'), 'benchmarks', 0, 'metrics', 'time_to_first_token_ms', 'successful', 'mean'),
    command: (url, streams, requests, tokens, out) => ({
      command: [
        program,
        'run',
        '--backend',
        `kind=openai_http,target=${url},model=sextant/simulated-8b`,
        '--profile',
        `kind=concurrent,streams=${streams}`,
        '--constraint',
        `kind=max_requests,count=${requests}`,
        '--tokenizer',
        `kind=huggingface_auto,model=${tokenizer}`,
        '--data',
        `kind=synthetic_text,prompt_tokens=50,output_tokens=${tokens}`,
        '--output',
        `kind=json,path=${join(out, 'out/benchmarks.json')}`,
        '--disable-console',
      ],
      env: { HF_HOME: home, HF_HUB_OFFLINE: '1' },
    }),
    // It keeps only the first token of each request by its time.
    stamps(out) {
      const report = JSON.parse(readFileSync(join(out, 'out/benchmarks.json'), 'utf8')) as {
        readonly benchmarks: readonly { readonly requests: { readonly successful: readonly GuideRequest[] } }[]
      }
      const requests = report.benchmarks.flatMap((each) => each.requests.successful)
      return new Map(
        requests.flatMap(({ response_id: id, request_start_time: start, time_to_first_token_ms: first }) =>
          first === null
            ? []
            : [[id, [{ epochNs: BigInt(Math.round(start * 1e6)) * 1000n + BigInt(Math.round(first * 1e6)), event: 0 }]] as const],
        ),
      )
    },
  }
}

export interface Truth {
  readonly start: StartRecord
  readonly requests: readonly RequestRecord[]
}

export function readTruth(path: string): Truth {
  const records = jsonLines<TruthRecord>(path)
  const start = records.find((record) => record.kind === 'start')
  if (start === undefined) throw new Error(`${path} has no beginning`)
  return { start, requests: records.filter((record) => record.kind === 'request') }
}

/** Lateness of every stamp that the client kept, ms, sorted. */
export function latenessMs(truth: Truth, stamps: ReadonlyMap<string, readonly Stamp[]>): number[] {
  const origin = BigInt(truth.start.originEpochNs)
  const late: number[] = []
  for (const request of truth.requests) {
    const own = /(-\d+-\d+)$/.exec(request.clientId ?? '')?.[1]
    const known =
      stamps.get(request.clientId ?? '') ??
      stamps.get(request.answerId) ??
      (request.clientId?.startsWith('sextant-') && own !== undefined ? stamps.get(own) : undefined)
    for (const { epochNs, event } of known ?? []) {
      const sent = request.chunkNs[event]
      if (sent !== undefined) late.push(Number(epochNs - origin - BigInt(Math.round(sent))) / 1e6)
    }
  }
  return late.sort((a, b) => a - b)
}
