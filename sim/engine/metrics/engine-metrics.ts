/** What the engine counts while it serves, whatever the names it is told under. Times in seconds, as the pages have them. */
import type { EngineOptions } from '#sim/engine/engine-options.ts'
import type { Sequence, StepResult } from '#sim/engine/scheduler.ts'
import type { RequestRecord, StepRecord } from '#sim/engine/truth-records.ts'
import { Histogram } from './exposition.ts'

/** Bucket edges of vLLM (vllm/v1/metrics/loggers.py). */
const firstTokenEdges = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560]
const tokenEdges = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80]
const requestEdges = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680]
const stepTokenEdges = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384]

/** 1, 2, 5, 10, … up to `most`. */
function countEdges(most: number): number[] {
  const edges: number[] = []
  for (let power = 1; power <= most; power *= 10) for (const factor of [1, 2, 5]) if (factor * power <= most) edges.push(factor * power)
  return edges
}

const histogramNames = [
  'firstToken',
  'interToken',
  'requestToken',
  'latency',
  'queue',
  'inference',
  'prefill',
  'decode',
  'stepTokens',
  'promptTokens',
  'answerTokens',
] as const
export type HistogramName = (typeof histogramNames)[number]

function edgesOf(name: HistogramName, maxModelLen: number): readonly number[] {
  if (name === 'firstToken') return firstTokenEdges
  if (name === 'interToken' || name === 'requestToken') return tokenEdges
  if (name === 'stepTokens') return stepTokenEdges
  return name === 'promptTokens' || name === 'answerTokens' ? countEdges(maxModelLen) : requestEdges
}

export class EngineMetrics {
  readonly histograms: Readonly<Record<HistogramName, Histogram>>
  promptTokens = 0
  cachedPromptTokens = 0
  generatedTokens = 0
  /** Finished requests by reason. */
  readonly finished: Record<'stop' | 'length' | 'abort', number> = { stop: 0, length: 0, abort: 0 }
  /** Tokens per second over the last second or more, as SGLang tells it. */
  tokensPerS = 0
  readonly #lastNs = new Map<Sequence, number>()
  #sinceNs = 0
  #sinceTokens = 0

  constructor({ maxModelLen }: Pick<EngineOptions, 'maxModelLen'>) {
    const entries = histogramNames.map((name) => [name, new Histogram(edgesOf(name, maxModelLen))] as const)
    this.histograms = Object.fromEntries(entries) as Record<HistogramName, Histogram>
  }

  /** Called before the tokens of a step are handed out. */
  observeResults(results: readonly StepResult[], nowNs: number): void {
    for (const { sequence, tokens } of results) {
      if (tokens === 0) continue
      const last = this.#lastNs.get(sequence)
      if (last === undefined) {
        this.histograms.firstToken.observe((nowNs - sequence.arrivalNs) / 1e9)
        this.promptTokens += sequence.promptTokens
        this.cachedPromptTokens += sequence.cachedTokens
      } else this.histograms.interToken.observe((nowNs - last) / 1e9)
      this.#lastNs.set(sequence, nowNs)
      this.generatedTokens += tokens
    }
  }

  observeStep(record: StepRecord, nowNs: number): void {
    this.histograms.stepTokens.observe(record.outputTokens + record.prefillTokens)
    this.#sinceTokens += record.outputTokens
    if (nowNs - this.#sinceNs < 1e9) return
    this.tokensPerS = this.#sinceTokens / ((nowNs - this.#sinceNs) / 1e9)
    this.#sinceNs = nowNs
    this.#sinceTokens = 0
  }

  /** Called when a request that had been queued is over. */
  observeRequest(record: RequestRecord, sequence: Sequence): void {
    this.#lastNs.delete(sequence)
    const { stop, length } = { stop: record.end === 'stop', length: sequence.producedTokens >= sequence.answerTokens }
    this.finished[stop ? 'stop' : length ? 'length' : 'abort'] += 1
    const first = record.chunkNs[0]
    const last = record.chunkNs.at(-1)
    if (first === undefined || last === undefined || record.scheduledNs === undefined) return
    const { latency, queue, inference, prefill, decode, requestToken, promptTokens, answerTokens } = this.histograms
    latency.observe((last - record.arrivalNs) / 1e9)
    queue.observe((record.scheduledNs - record.arrivalNs) / 1e9)
    inference.observe((last - record.scheduledNs) / 1e9)
    prefill.observe((first - record.scheduledNs) / 1e9)
    decode.observe((last - first) / 1e9)
    promptTokens.observe(record.promptTokens)
    answerTokens.observe(record.outputTokens)
    if (record.outputTokens > 1) requestToken.observe((last - first) / 1e9 / (record.outputTokens - 1))
  }
}
