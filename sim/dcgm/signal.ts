/** What truly happens on a device: a piecewise constant function of time, integrated exactly. Samples are taken from it, never the reverse. */
import type { Random } from '#base/random.ts'

export interface Piece {
  /** Epoch milliseconds, whole. */
  readonly fromMs: number
  readonly toMs: number
  readonly value: number
}

/** Consecutive pieces that cover the whole recorded time. */
export type Signal = readonly Piece[]

/** Value times seconds over [fromMs, toMs], as far as the signal reaches. */
export function integral(signal: Signal, fromMs: number, toMs: number): number {
  let sum = 0
  for (const piece of signal) {
    const overlapMs = Math.min(piece.toMs, toMs) - Math.max(piece.fromMs, fromMs)
    if (overlapMs > 0) sum += (piece.value * overlapMs) / 1000
  }
  return sum
}

export function valueAt(signal: Signal, timeMs: number): number {
  return signal.find((piece) => timeMs >= piece.fromMs && timeMs < piece.toMs)?.value ?? signal.at(-1)?.value ?? 0
}

export interface Load {
  /** Recorded time. */
  readonly fromMs: number
  readonly toMs: number
  /** Loaded time inside it; outside the device idles. */
  readonly loadFromMs: number
  readonly loadToMs: number
}

export interface Levels {
  readonly idle: number
  readonly busy: number
  /** Largest deviation from `busy`, as a share of it. */
  readonly spread: number
}

/** Busy phases last 20 to 120 s, as batches of requests come and go. */
export function drawSignal(random: Random, load: Load, levels: Levels): Signal {
  const pieces: Piece[] = [{ fromMs: load.fromMs, toMs: load.loadFromMs, value: levels.idle }]
  for (let at = load.loadFromMs; at < load.loadToMs; ) {
    const toMs = Math.min(load.loadToMs, at + random.integer(20_000, 120_000))
    pieces.push({ fromMs: at, toMs, value: levels.busy * (1 + levels.spread * (2 * random.uniform() - 1)) })
    at = toMs
  }
  pieces.push({ fromMs: load.loadToMs, toMs: load.toMs, value: levels.idle })
  return pieces
}

/** The same times, other values. */
export function mapped(signal: Signal, change: (value: number) => number): Signal {
  return signal.map(({ fromMs, toMs, value }) => ({ fromMs, toMs, value: change(value) }))
}

/** A running integral that can be asked at ascending times, each at once. */
export function integrator(signal: Signal): (timeMs: number) => number {
  const sums: number[] = []
  let sum = 0
  for (const piece of signal) {
    sums.push(sum)
    sum += (piece.value * (piece.toMs - piece.fromMs)) / 1000
  }
  let index = 0
  return (timeMs) => {
    while (index > 0 && (signal[index]?.fromMs ?? 0) > timeMs) index -= 1
    while (index < signal.length - 1 && (signal[index]?.toMs ?? Number.POSITIVE_INFINITY) <= timeMs) index += 1
    const piece = signal[index]
    if (piece === undefined) return 0
    const reachedMs = Math.min(Math.max(timeMs, piece.fromMs), piece.toMs)
    return (sums[index] ?? 0) + (piece.value * (reachedMs - piece.fromMs)) / 1000
  }
}
