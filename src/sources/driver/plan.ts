/** What a run is to do, as plain values: it crosses threads and stands in the result. */

/** Where the text of requests comes from. Token counts of the results come from the server's usage, never from here. */
export type PromptPlan =
  | {
      readonly kind: 'random'
      readonly seed: number
      /** Words to draw for each prompt; the lower end of the range. */
      readonly minWords: number
      readonly maxWords: number
      readonly minOutputTokens: number
      readonly maxOutputTokens: number
      /** Words that every prompt of a group begins with; 0 without. */
      readonly prefixWords: number
      readonly prefixes: number
    }
  | { readonly kind: 'conversations'; readonly conversations: readonly Conversation[]; readonly multiTurn: boolean }

export interface Turn {
  readonly user: string
  /** What the recording answered; the history of the next turn. */
  readonly assistant: string
  readonly maxTokens: number
}

export interface Conversation {
  readonly system?: string
  readonly turns: readonly Turn[]
}

export type Arrivals = { readonly kind: 'closed'; readonly concurrency: number } | OpenArrivals

export interface OpenArrivals {
  readonly kind: 'poisson' | 'constant'
  readonly ratePerS: number
  /** More requests in flight than this wait in the client; they keep their scheduled time, and the run is marked. */
  readonly maxInFlight: number
}

export interface Timeouts {
  readonly connectNs: number
  /** From sending to the first event. */
  readonly firstTokenNs: number
  /** Between two events. */
  readonly stallNs: number
  readonly requestNs: number
}

/** The same for every cell of a run. */
export interface RequestPlan {
  readonly origin: string
  readonly path: string
  readonly api: 'chat' | 'completions'
  readonly model: string
  readonly prompts: PromptPlan
  /** Stands at the head of every prompt, so that no cache of an earlier run is warm; '' for none. */
  readonly salt: string
  readonly ignoreEos: boolean
  readonly temperature: number
  /** Merged into the body of every request. */
  readonly extraBody: Readonly<Record<string, unknown>>
  readonly retries: number
  /** Names the run in `x-request-id`, by which servers log requests. */
  readonly runId: string
  readonly timeouts: Timeouts
}

/** One phase of one cell. */
export interface PhasePlan {
  readonly phase: number
  readonly arrivals: Arrivals
  readonly seed: number
  /** Requests in all; of multi-turn replay conversations. Absent: until the duration is over. */
  readonly count?: number
  /** No request is begun later than this after the start. */
  readonly durationNs?: number
  /** Added to the index of each request, so that no prompt is sent twice in a run. */
  readonly firstIndex: number
}
