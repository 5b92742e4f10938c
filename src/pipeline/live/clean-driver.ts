/** What a live budget asks of the load driver: one stream alone, round by round, with the arrival of every event. */

export interface DrivenRound {
  /** `completed` or how it failed. */
  readonly outcome: string
  /** Nanoseconds on the driver's clock; `originEpochNs` says what its 0 is. */
  readonly sentNs: number
  readonly endNs: number
  /** Arrivals of events with content, ascending. */
  readonly contentNs: readonly number[]
  readonly ttftNs?: number
  readonly tpotNs?: number
  readonly outputTokens?: number
  /** What the driver says of itself in this round; `invalid` where its own lateness is too large a part of the figures. */
  readonly client: { readonly state: 'valid' | 'invalid' | 'unknown'; readonly reason?: string }
}

export interface CleanDriver {
  readonly model: string
  /** The driver's clock, for times of the window. */
  nowNs(): number
  readonly originEpochNs: bigint
  /** Makes a round of so many tokens start without delay. */
  prepare(outputTokens: number): Promise<void>
  /** `outputTokens` differ between clean and profiled rounds. Never throws for what the server does: that is the outcome. */
  round(outputTokens: number): Promise<DrivenRound>
  close(): Promise<void>
}
