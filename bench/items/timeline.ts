/** `sextant timeline` on 5M kernels, with and without 5M host calls, against the same answer in plain Python. */
import { join } from 'node:path'
import { type BenchLine, seconds, timeAndMemory } from '../bench-line.ts'
import { kernelFixture } from '../fixtures.ts'
import { type Contest, contest } from '../side-by-side.ts'

const KERNELS = 5_000_000

interface Gap {
  readonly startNs: number
  readonly durationNs: number
}

interface Ours {
  readonly devices: readonly {
    readonly device: number
    readonly kernels: { readonly count: number; readonly sumNs: number }
    readonly busyNs: number
    readonly firstStartNs: number
    readonly lastEndNs: number
    readonly overlap: { readonly computeOnlyNs: number; readonly communicationExposedNs: number }
    readonly idleGaps: {
      readonly histogram: readonly { readonly fromNs: number; readonly count: number; readonly totalNs: number }[]
      readonly largest: readonly Gap[]
    }
  }[]
  readonly hostCalls?: {
    readonly calls: readonly {
      readonly name: string
      readonly count: number
      readonly totalNs: number
      readonly minNs: number
      readonly medianNs: number
      readonly maxNs: number
    }[]
  }
}

interface Theirs {
  readonly devices: Readonly<
    Record<
      string,
      {
        readonly kernels: { readonly count: number; readonly sumNs: number }
        readonly busyNs: number
        readonly firstStartNs: number
        readonly lastEndNs: number
        readonly byClassNs: Readonly<Record<string, number>>
        readonly histogram: readonly (readonly number[])[]
        readonly largestGaps: readonly (readonly [number, number, string, string])[]
      }
    >
  >
  readonly calls: Readonly<Record<string, readonly number[]>>
}

/** Both answers in one shape: equal text means equal figures. */
function ourFigures({ devices, hostCalls }: Ours): unknown {
  return {
    devices: devices.map((device) => [
      device.device,
      device.kernels,
      device.busyNs,
      device.firstStartNs,
      device.lastEndNs,
      [device.overlap.computeOnlyNs, device.overlap.communicationExposedNs],
      device.idleGaps.histogram.map(({ fromNs, count, totalNs }) => [fromNs, count, totalNs]),
      device.idleGaps.largest.map(({ durationNs, startNs }) => [durationNs, startNs]),
    ]),
    calls: (hostCalls?.calls ?? []).map((call) => [call.name, call.count, call.totalNs, call.minNs, call.medianNs, call.maxNs]).sort(),
  }
}

function theirFigures({ devices, calls }: Theirs): unknown {
  return {
    devices: Object.entries(devices).map(([ordinal, device]) => [
      Number(ordinal),
      device.kernels,
      device.busyNs,
      device.firstStartNs,
      device.lastEndNs,
      [device.byClassNs['1'] ?? 0, device.byClassNs['2'] ?? 0],
      device.histogram,
      device.largestGaps.map(([length, start]) => [length, start]),
    ]),
    calls: Object.entries(calls)
      .map(([name, figures]) => [name, ...figures])
      .sort(),
  }
}

function checkEqual({ ours, theirs }: Contest): void {
  const mine = JSON.stringify(ourFigures(JSON.parse(ours.stdout) as Ours))
  const other = JSON.stringify(theirFigures(JSON.parse(theirs.stdout) as Theirs))
  if (mine !== other) throw new Error(`the answers differ:\n${mine.slice(0, 2000)}\n${other.slice(0, 2000)}`)
}

interface Bar {
  readonly ratio: number
  readonly megabytes: number
}

function line(id: string, what: string, binary: string, path: string, options: readonly string[], bar: Bar): BenchLine {
  const opponent = join(import.meta.dirname, '../opponents/timeline.py')
  const result = contest([process.execPath, binary, 'timeline', path, '--json', '--no-cache'], ['python3', opponent, path, ...options])
  checkEqual(result)
  const { ours, theirs } = result
  const ratio = theirs.seconds / ours.seconds
  return {
    id,
    what,
    ours: timeAndMemory(ours),
    opponent: `plain Python ${timeAndMemory(theirs)}`,
    ratio,
    bar: `${bar.ratio}x, below ${bar.megabytes} MB`,
    note: `CPU of all threads ${seconds(ours.cpuSeconds)} against ${seconds(theirs.cpuSeconds)}, ${(theirs.cpuSeconds / ours.cpuSeconds).toFixed(1)}x`,
    met: ratio >= bar.ratio && ours.maxRssMb < bar.megabytes,
    figures: {
      seconds: ours.seconds,
      cpuSeconds: ours.cpuSeconds,
      maxRssMb: ours.maxRssMb,
      opponentSeconds: theirs.seconds,
      opponentCpuSeconds: theirs.cpuSeconds,
    },
  }
}

export function timelineLine(binary: string): BenchLine {
  const what = '`timeline` on 5M kernels, end to end'
  return line('timeline', what, binary, kernelFixture(KERNELS), [], { ratio: 8, megabytes: 450 })
}

export function hostTimelineLine(binary: string): BenchLine {
  const what = '`timeline` on 5M kernels and 5M host calls, joined'
  return line('timeline-host', what, binary, kernelFixture(KERNELS, KERNELS), ['--host'], { ratio: 4, megabytes: 800 })
}
