import type { AskContext } from '#pipeline/ask.ts'
import type { EngineAddress } from '#sources/engine/engine-call.ts'
import type { EngineKind } from '#sources/engine/engine-profiler.ts'
import type { CleanDriver } from './clean-driver.ts'

export interface LiveOptions {
  readonly address: EngineAddress
  /** Else it is detected. */
  readonly engine?: EngineKind
  /** Back end behind the engine's profiler. */
  readonly backEnd: 'torch' | 'cuda'
  /** Folder of the engine's traces as this machine sees it, absolute: SGLang, with a working folder of its own, is asked to write there. */
  readonly traceDir: string
  readonly windowNs: number
  /** The profiled stream outlives the window by this: starting a profiler takes seconds the first time (its libraries are loaded). */
  readonly startAllowanceNs: number
  /** Of each clean round; the profiled round gets what the window needs. */
  readonly outputTokens: number
  readonly rounds: number
  readonly settleMs: number
  /** For the profiler's answers and for its traces. */
  readonly traceTimeoutMs: number
  readonly tokensPerStep?: number
  readonly signal?: AbortSignal
  readonly progress?: (note: string) => void
  readonly openDriver: () => Promise<CleanDriver>
  readonly asking: AskContext
}
