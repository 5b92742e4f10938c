/** What a correlation is asked for: the same for `dcgm correlate` and `dcgm freeze`. */
import type { StampMeaning } from '#analysis/dcgm/bench-window.ts'
import type { ServerRequest } from './open-server.ts'

export interface CorrelationRequest extends ServerRequest {
  /** Instead of a server. */
  readonly responses?: string | undefined
  readonly frozenYaml?: string | undefined

  readonly bench?: string | undefined
  readonly benchCell?: string | undefined
  readonly capturedAt?: StampMeaning | undefined
  readonly start?: string | undefined
  readonly end?: string | undefined

  readonly hwKey?: string | undefined
  readonly dtype?: string | undefined
  readonly table?: string | undefined
  readonly expectedGpus?: number | undefined
  readonly collectIntervalS?: number | undefined

  readonly host?: readonly string[] | undefined
  readonly uuid?: readonly string[] | undefined
  readonly pod?: readonly string[] | undefined
  readonly namespace?: readonly string[] | undefined
  readonly podLabelSelector?: string | undefined
  readonly selector?: string | undefined
  readonly maxSeries?: number | undefined

  readonly kernelsJson?: string | undefined
  readonly timeline?: string | undefined
  readonly counters?: readonly string[] | undefined
  readonly tracedTokens?: number | undefined
  readonly tracedSteps?: number | undefined
  readonly windowSteps?: number | undefined
}
