/** What clients wait longer than the engine says: HTTP, tokenizer, streaming. */
import type { Cited, ServingEvidence } from '#analysis/synthesis/evidence.ts'
import { formatDuration, formatRatio } from '#base/units.ts'
import { type NoCandidate, nothing } from './lever.ts'

/** A client’s TPOT is a mean over requests, the engine’s a mean over tokens: within this they are one. */
const DEFINITIONS_DIFFER = 0.05

export interface FrontEnd {
  /** Of the client’s time per token. */
  readonly share: number
  readonly text: string
  readonly cites: readonly Cited[]
}

export function frontEndTime(serving: ServingEvidence | undefined): FrontEnd | NoCandidate {
  const { tpotNs: client, engineItlNs: engine } = serving ?? {}
  if (client === undefined || engine === undefined) {
    return nothing('time in the front end is not known: take a benchmark and the engine’s metrics before and after it')
  }
  const share = client.value > 0 ? 1 - engine.value / client.value : 0
  if (share < DEFINITIONS_DIFFER) {
    return nothing(
      `clients see ${formatDuration(client.value)} a token, the engine ${formatDuration(engine.value)}: no more than definitions differ`,
    )
  }
  return {
    share,
    text: `clients see ${formatDuration(client.value)} a token, the engine ${formatDuration(engine.value)}: ${formatRatio(share)} is on the way to them`,
    cites: [client, engine],
  }
}
