/**
 * What a sampling profiler would have seen of the steps that were served: the TSV set of zymtrace (facts: zymtrace, sections 2 to 4).
 * Samples fall on the device's busy time only, each kernel by its share of it, so a share is no share of the wall.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '#base/random.ts'
import type { EngineOptions } from '#sim/engine/engine-options.ts'
import { gpuLabel, scenarioOf } from '#sim/engine/profiler/lay-steps.ts'
import type { StepRecord } from '#sim/engine/truth-records.ts'
import type { StepPhase } from '#sim/scenario.ts'
import { stepItems } from '#sim/step-items.ts'

/** Samples per second of busy device. */
const samplesPerS = 400

type Times = Map<string, number>

/** Device time by kernel name over all steps. */
class FrameTimes {
  readonly times: Times = new Map()
  communicationNs = 0
  computeNs = 0
  readonly #items: Readonly<Record<StepPhase, readonly { name: string; weight: number; isCommunication: boolean }[]>>

  constructor(options: EngineOptions) {
    const scenario = scenarioOf(options, false)
    const itemsOf = (phase: StepPhase) => {
      // Copies are not kernels: a sampler of kernels does not see them.
      const items = stepItems(scenario, phase).filter(({ class: kind }) => kind === 'compute' || kind === 'communication')
      const sum = (isCommunication: boolean): number =>
        items.reduce((total, item) => total + ((item.class === 'communication') === isCommunication ? item.durationNs : 0), 0)
      const sums = { computing: sum(false), communicating: sum(true) }
      return items.map((item) => {
        const isCommunication = item.class === 'communication'
        return { name: item.name, weight: item.durationNs / (isCommunication ? sums.communicating : sums.computing), isCommunication }
      })
    }
    this.#items = { decode: itemsOf('decode'), prefill: itemsOf('prefill'), mixed: itemsOf('mixed') }
  }

  add({ prefillTokens, decodeSequences, computeNs, communicationNs }: StepRecord): void {
    const phase: StepPhase = prefillTokens === 0 ? 'decode' : decodeSequences === 0 ? 'prefill' : 'mixed'
    for (const { name, weight, isCommunication } of this.#items[phase]) {
      this.times.set(name, (this.times.get(name) ?? 0) + weight * (isCommunication ? communicationNs : computeNs))
    }
    this.computeNs += computeNs
    this.communicationNs += communicationNs
  }
}

function table(header: string, rows: readonly (readonly (string | number)[])[]): string {
  return `${[header, ...rows.map((row) => row.join('\t'))].join('\n')}\n`
}

export class SampledFrames {
  readonly #options: EngineOptions
  readonly #frames: FrameTimes

  constructor(options: EngineOptions) {
    this.#options = options
    this.#frames = new FrameTimes(options)
  }

  add(step: StepRecord): void {
    this.#frames.add(step)
  }

  /** Samples by kernel: drawn one by one by the shares of busy time, seeded. */
  #draw(): { readonly name: string; readonly samples: number }[] {
    const { times, computeNs, communicationNs } = this.#frames
    const total = Math.round(((computeNs + communicationNs) / 1e9) * samplesPerS)
    const entries = [...times].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    const upTo: number[] = []
    for (const [, ns] of entries) upTo.push((upTo.at(-1) ?? 0) + ns)
    const counts = entries.map(() => 0)
    const random = new Random(this.#options.seed, 'samples')
    for (let sample = 0; sample < total; sample++) {
      const drawn = random.uniform() * (upTo.at(-1) ?? 0)
      const at = upTo.findIndex((ns) => drawn < ns)
      counts[at] = (counts[at] ?? 0) + 1
    }
    return entries
      .map(([name], index) => ({ name, samples: counts[index] ?? 0 }))
      .sort((a, b) => b.samples - a.samples || (a.name < b.name ? -1 : 1))
  }

  /** The devices of a group do the same work. */
  #perGpu(total: number): (readonly [string, string, number])[] {
    const { tensorParallel, gpuName } = this.#options
    const each = Math.floor(total / tensorParallel)
    const first = total - each * (tensorParallel - 1)
    return Array.from({ length: tensorParallel }, (_, gpu) => [gpuName, gpuLabel(this.#options, gpu), gpu === 0 ? first : each])
  }

  /** Writes `folder/zymtrace/*.tsv` and the bundle's declaration; base names of what was written. Without samples: headers only, as after too short a wait. */
  write(folder: string): string[] {
    const drawn = this.#draw().filter(({ samples }) => samples > 0)
    const total = drawn.reduce((sum, { samples }) => sum + samples, 0)
    const isCollective = (name: string): boolean => name.startsWith('nccl')
    const collective = drawn.reduce((sum, { name, samples }) => sum + (isCollective(name) ? samples : 0), 0)
    const rows = (list: readonly (readonly (string | number)[])[]): readonly (readonly (string | number)[])[] => (total === 0 ? [] : list)
    const files: Record<string, string> = {
      'kernel-class.tsv': table(
        'event_kind\tkind\tsamples',
        rows([
          ['cuda', 'cuda', total],
          ['on_cpu', 'native', total],
        ]),
      ),
      'top-gpu-frames.tsv': table(
        'kernel\tsamples',
        drawn.map(({ name, samples }) => [name, samples]),
      ),
      'per-gpu.tsv': table('gpu_name\tgpu_uuid\tsamples', rows(this.#perGpu(total))),
      'per-category.tsv': table(
        'category\tsamples',
        rows(
          [
            ['NCCL', collective],
            ['Other', total - collective],
          ].filter(([, samples]) => samples !== 0),
        ),
      ),
      'top-python-during-cuda.tsv': table('python_frame\tsamples', rows([['vllm/v1/worker/gpu_worker.py::execute_model', total]])),
    }
    const target = join(folder, 'zymtrace')
    mkdirSync(target, { recursive: true })
    for (const [name, text] of Object.entries({ ...files })) put(join(target, name), text)
    put(join(folder, 'capture_sources.json'), `${JSON.stringify({ captured_sources: ['zymtrace'] })}\n`)
    return Object.keys(files)
  }
}

function put(path: string, text: string): void {
  writeFileSync(`${path}.partial`, text)
  renameSync(`${path}.partial`, path)
}
