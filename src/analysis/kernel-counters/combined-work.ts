/** Work of several launches: sums over them, so that rates and intensity are of the whole, never averages of ratios. */

import type { Traffic } from './traffic.ts'
import { intensityOf, type KnownFlops, type LaunchWork, type TypedWork, type UnknownFlops } from './work.ts'

/** One launch of which something is unknown makes the sum of it unknown. */
export function combinedWork(launches: readonly LaunchWork[]): LaunchWork {
  const flops = combinedFlops(launches)
  const dram = combinedTraffic(launches.map((launch) => launch.dram))
  const l2 = combinedTraffic(launches.map((launch) => launch.l2))
  const durationNs = sumOrUnknown(launches.map((launch) => launch.durationNs))
  const integerOperations = sumOrUnknown(launches.map((launch) => launch.integerOperations))
  const integerInstructions = sumOrUnknown(launches.map((launch) => launch.integerInstructions))
  const intensity = intensityOf(flops, dram)
  return {
    ...(durationNs === undefined ? {} : { durationNs }),
    flops,
    ...(integerOperations === undefined ? {} : { integerOperations }),
    ...(integerInstructions === undefined ? {} : { integerInstructions }),
    ...(dram === undefined ? {} : { dram }),
    ...(l2 === undefined ? {} : { l2 }),
    ...(intensity === undefined ? {} : { intensity }),
  }
}

function sumOrUnknown(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0
  for (const value of values) {
    if (value === undefined) return undefined
    sum += value
  }
  return values.length === 0 ? undefined : sum
}

function combinedTraffic(parts: readonly (Traffic | undefined)[]): Traffic | undefined {
  const totalBytes = sumOrUnknown(parts.map((part) => part?.totalBytes))
  if (totalBytes === undefined) return undefined
  const readBytes = sumOrUnknown(parts.map((part) => part?.readBytes))
  const writeBytes = sumOrUnknown(parts.map((part) => part?.writeBytes))
  return {
    totalBytes,
    ...(readBytes === undefined ? {} : { readBytes }),
    ...(writeBytes === undefined ? {} : { writeBytes }),
    isLowerBound: parts.some((part) => part?.isLowerBound === true),
  }
}

function combinedFlops(launches: readonly LaunchWork[]): KnownFlops | UnknownFlops {
  const known: KnownFlops[] = []
  for (const { flops } of launches) {
    if (flops.state === 'unknown') return flops
    known.push(flops)
  }
  const types = new Map<string, TypedWork>()
  for (const typed of known.flatMap((each) => each.types)) {
    const key = `${typed.pipe} ${typed.type}`
    const before = types.get(key)
    types.set(key, before === undefined ? typed : added(before, typed))
  }
  const bounds = [...new Set(known.flatMap(({ lowerBound }) => lowerBound ?? []))]
  const assumptions = [...new Set(known.flatMap(({ assumption }) => assumption ?? []))]
  return {
    state: 'known',
    total: known.reduce((sum, { total }) => sum + total, 0),
    most: known.reduce((sum, { most }) => sum + most, 0),
    types: [...types.values()],
    ...(bounds.length === 0 ? {} : { lowerBound: bounds.join('; ') }),
    ...(assumptions.length === 0 ? {} : { assumption: assumptions.join('; ') }),
  }
}

function added(a: TypedWork, b: TypedWork): TypedWork {
  const { sparseFlops: _, ...base } = a
  const isSparseKnown = a.sparseFlops !== undefined && b.sparseFlops !== undefined
  return {
    ...base,
    flops: a.flops + b.flops,
    mostFlops: a.mostFlops + b.mostFlops,
    ...(isSparseKnown ? { sparseFlops: (a.sparseFlops ?? 0) + (b.sparseFlops ?? 0) } : {}),
  }
}
