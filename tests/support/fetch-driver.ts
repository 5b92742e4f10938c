/** A clean driver on fetch, for tests of the live budget that make the driver's part misbehave. Its times are late by what fetch costs. */
import type { CleanDriver, DrivenRound } from '../../src/pipeline/live/clean-driver.ts'

export interface FetchDriverOptions {
  /** Changes what a round says, by its number from 0 (0 warms up). */
  readonly change?: (round: DrivenRound, number: number) => DrivenRound
}

export function fetchDriver(url: string, model: string, options: FetchDriverOptions = {}): CleanDriver {
  const originMs = performance.now()
  const originEpochNs = BigInt(Math.round((performance.timeOrigin + originMs) * 1000)) * 1000n
  const nowNs = (): number => (performance.now() - originMs) * 1e6
  let rounds = 0

  async function round(outputTokens: number): Promise<DrivenRound> {
    const sentNs = nowNs()
    const contentNs: number[] = []
    let outcome = 'completed'
    try {
      const body = { model, prompt: 'one two three four', max_tokens: outputTokens, ignore_eos: true, stream: true }
      const answer = await fetch(`${url}/v1/completions`, { method: 'POST', body: JSON.stringify(body) })
      if (answer.status !== 200) outcome = `http-${answer.status}`
      for await (const bytes of answer.body ?? []) {
        const events =
          Buffer.from(bytes as Uint8Array)
            .toString('latin1')
            .match(/"text":"/g)?.length ?? 0
        for (let event = 0; event < events; event++) contentNs.push(nowNs())
      }
    } catch {
      outcome = 'reset-mid-stream'
    }
    const [firstNs, lastNs] = [contentNs[0], contentNs.at(-1)]
    const timed =
      firstNs === undefined || lastNs === undefined ? {} : { ttftNs: firstNs - sentNs, tpotNs: (lastNs - firstNs) / (outputTokens - 1) }
    const plain: DrivenRound = { outcome, sentNs, endNs: nowNs(), contentNs, ...timed, outputTokens, client: { state: 'valid' } }
    return options.change?.(plain, rounds++) ?? plain
  }
  return { model, nowNs, originEpochNs, prepare: () => Promise.resolve(), round, close: () => Promise.resolve() }
}
