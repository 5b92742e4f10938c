/** 1M, 5M, 20M and 50M kernels: time and memory per row must stay what they are. */
import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchLine, timeAndMemory } from '../bench-line.ts'
import { type BigTruth, bigFixture, outFolder } from '../fixtures.ts'
import { repeated } from '../side-by-side.ts'

const SIZES = [1, 5, 20, 50]
const BAR_SECONDS = 15
const BAR_MEGABYTES = 4096

interface Answer {
  readonly devices: readonly {
    readonly kernels: { readonly count: number; readonly sumNs: number }
    readonly busyNs: number
    readonly firstStartNs: number
    readonly lastEndNs: number
  }[]
}

function check(stdout: string, truth: BigTruth): void {
  const [device] = (JSON.parse(stdout) as Answer).devices
  const wrong = (['busyNs', 'firstStartNs', 'lastEndNs'] as const).filter((name) => device?.[name] !== truth[name])
  const isSame = wrong.length === 0 && device?.kernels.count === truth.kernels.count && device.kernels.sumNs === truth.kernels.sumNs
  if (!isSame) throw new Error(`not the truth: ${JSON.stringify(device).slice(0, 500)} against ${JSON.stringify(truth)}`)
}

/** Into the system's cache: a first read may come from the disk, which is not what is compared. */
function readThrough(path: string): void {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(1 << 20)
    while (readSync(file, buffer) > 0);
  } finally {
    closeSync(file)
  }
}

function largeLine(binary: string, millions: number, keep: boolean): BenchLine {
  const path = join(outFolder, `large-${millions}.sqlite`)
  try {
    const truth = bigFixture(path, millions * 1e6)
    readThrough(path)
    const gigabytes = statSync(path).size / 1e9
    const run = repeated(millions > 10 ? 2 : 3, [process.execPath, binary, 'timeline', path, '--json', '--no-cache'])
    check(run.stdout, truth)
    const isJudged = millions === SIZES.at(-1)
    const perMillion = `${((run.cpuSeconds / millions) * 1000).toFixed(0)} ms of CPU and ${(run.maxRssMb / millions).toFixed(0)} MB a million`
    return {
      id: `large-${millions}`,
      what: `\`timeline\` on ${millions}M kernels (${gigabytes.toFixed(2)} GB)`,
      ours: `${timeAndMemory(run)}; CPU ${run.cpuSeconds.toFixed(1)} s: ${perMillion}`,
      ...(isJudged ? { bar: `below ${BAR_SECONDS} s and 4 GB`, met: run.seconds < BAR_SECONDS && run.maxRssMb < BAR_MEGABYTES } : {}),
      figures: {
        seconds: run.seconds,
        cpuSeconds: run.cpuSeconds,
        maxRssMb: run.maxRssMb,
        cpuSecondsPerMillion: run.cpuSeconds / millions,
      },
    }
  } finally {
    if (!keep) rmSync(path, { force: true })
  }
}

export function largeLines(binary: string, keep: boolean): BenchLine[] {
  return SIZES.map((millions) => largeLine(binary, millions, keep))
}
