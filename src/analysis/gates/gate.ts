/** The contract of every capture gate: one question, asked before anything is concluded from a capture. */
import type { Coverage } from '#formats/coverage.ts'
import type { Capture, Loss } from '#model/capture.ts'
import type { TimelineNeed } from '#model/timeline.ts'

export type GatePhase = 'prefill' | 'decode' | 'mixed' | 'capture' | 'warm-up' | 'unknown'

export interface GateStep {
  /** ns relative to the capture's origin. */
  readonly startNs: number
  readonly endNs: number
  readonly phase: GatePhase
}

/** What gates ask of step detection: the steps of one device in time order, or why there are none. */
export type DeviceSteps =
  | { readonly device: number; readonly state: 'found'; readonly steps: readonly GateStep[] }
  | { readonly device: number; readonly state: 'unknown'; readonly reason: string }

/** What the caller says the load was: the capture cannot know it. */
export interface DeclaredLoad {
  readonly concurrency?: number
  readonly durationS?: number
  readonly requests?: number
}

export type GateAsks = 'any' | 'decode'

export interface GateContext {
  readonly capture: Capture
  readonly losses: readonly Loss[]
  readonly coverage: Coverage
  readonly asks: GateAsks
  readonly declared?: DeclaredLoad
  /** Obtained on demand, because detecting steps costs more than all other gates. Absent: gates that need steps cannot tell. */
  readonly stepDetection?: () => readonly DeviceSteps[]
  /** 1 per kernel name that moves data between devices, from the kernel families (`communicationNames`). Absent: such gates cannot tell. */
  readonly communicationNames?: Uint8Array
}

export type GateOutcome =
  | { readonly outcome: 'pass'; readonly reason?: string }
  | { readonly outcome: 'fail'; readonly reason: string; readonly fix: string; readonly evidence?: readonly string[] }
  | { readonly outcome: 'cannot-tell'; readonly reason: string }

export interface Gate {
  /** Kebab-case noun; its page is docs/gates/<id>.md. */
  readonly id: string
  /** What holds when it passes. */
  readonly title: string
  readonly needs: readonly TimelineNeed[]
  /** `decode`: only asked when decode is what the capture is for. */
  readonly asks: GateAsks
  check(context: GateContext): GateOutcome
}

export const pass = (reason?: string): GateOutcome => (reason === undefined ? { outcome: 'pass' } : { outcome: 'pass', reason })
export const cannotTell = (reason: string): GateOutcome => ({ outcome: 'cannot-tell', reason })
/** `fix` is an imperative sentence that names a command, a flag or a setting. */
export function fail(reason: string, fix: string, evidence: readonly string[] = []): GateOutcome {
  return evidence.length === 0 ? { outcome: 'fail', reason, fix } : { outcome: 'fail', reason, fix, evidence }
}
