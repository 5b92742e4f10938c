/** What clients and the engine's counters say of serving: a closed loop of `concurrency` requests at steady state. */

export interface Serving {
  readonly concurrency: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** Of prompt tokens, found in the prefix cache. */
  readonly hitRatio: number
  /** Device time of one prompt token that is computed. */
  readonly prefillNsPerToken: number
  /** Waiting before the first chunk. */
  readonly queueNs: number
  readonly finishedRequests: number
  /** Prompt tokens computed once more after a preemption, over those computed the first time. */
  readonly recomputedRatio: number
  readonly preemptions: number
  readonly kvUsageRatio: number
  /** Data-parallel engines behind one address. */
  readonly engines: number
}
