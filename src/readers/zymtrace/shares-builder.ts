/** Collects rows of any of the tables into shares: what a row is follows from the columns that it has. */
import { SextantError } from '#base/errors.ts'
import { type SampledFrame, type SampleShares, unresolvedFrame } from '#model/shares.ts'

/** One row with its columns by the names below; a missing column is undefined, an empty cell ''. */
export interface ShareRow {
  readonly eventKind?: string
  readonly kind?: string
  readonly kernel?: string
  readonly gpuName?: string
  readonly gpuUuid?: string
  readonly category?: string
  readonly frame?: string
  readonly file?: string
  readonly samples: number
}

export type ShareColumn = Exclude<keyof ShareRow, 'samples'> | 'samples'

/** Spellings of columns: those of the published TSV set first, then those of the store's own tables. */
export const shareColumns: Readonly<Record<string, ShareColumn>> = {
  event_kind: 'eventKind',
  kind: 'kind',
  kernel: 'kernel',
  kernel_name: 'kernel',
  gpu_name: 'gpuName',
  gpu_uuid: 'gpuUuid',
  category: 'category',
  python_frame: 'frame',
  cpu_frame: 'frame',
  frame: 'frame',
  function: 'frame',
  py_function: 'frame',
  py_file: 'file',
  file: 'file',
  samples: 'samples',
  sample_count: 'samples',
}

export class SharesBuilder {
  readonly #eventKinds: { eventKind: string; kind: string; samples: number }[] = []
  readonly #kernels = new Map<string, SampledFrame>()
  readonly #gpus: { name: string; uuid: string; samples: number }[] = []
  readonly #categories: { category: string; samples: number }[] = []
  readonly #hostFrames = new Map<string, SampledFrame>()
  readonly #cpuFrames = new Map<string, SampledFrame>()
  #cpuSeen = false
  rows = 0

  add(row: ShareRow, name: string): void {
    this.rows += 1
    const { samples } = row
    const onCpu = row.eventKind === 'on_cpu'
    if (row.kernel !== undefined && !onCpu) addFrame(this.#kernels, row.kernel, undefined, samples)
    else if (row.frame !== undefined || row.file !== undefined || row.kernel !== undefined) {
      if (onCpu) this.#cpuSeen = true
      addFrame(onCpu ? this.#cpuFrames : this.#hostFrames, row.frame ?? row.kernel ?? '', row.file, samples)
    } else if (row.gpuUuid !== undefined || row.gpuName !== undefined) {
      this.#gpus.push({ name: row.gpuName ?? '', uuid: row.gpuUuid ?? '', samples })
    } else if (row.category !== undefined) {
      if (row.category.trim() === '') throw emptyCategory(name)
      this.#categories.push({ category: row.category, samples })
    } else this.#eventKinds.push({ eventKind: row.eventKind ?? '', kind: row.kind ?? '', samples })
  }

  /** A table of the CPU view was there, with or without rows of frames. */
  cpuView(): void {
    this.#cpuSeen = true
  }

  build(): SampleShares {
    return {
      unit: 'samples',
      eventKinds: this.#eventKinds,
      gpuFrames: bySamples(this.#kernels),
      gpus: this.#gpus,
      categories: this.#categories,
      hostFramesUnderGpu: bySamples(this.#hostFrames),
      ...(this.#cpuSeen ? { cpuFrames: bySamples(this.#cpuFrames) } : {}),
    }
  }
}

function emptyCategory(name: string): SextantError {
  return new SextantError('corrupt_file', `${name} holds a category without a name`, 'Write the file again from the query.')
}

/** Equal frames of several rows (one per GPU, say) are one frame. */
function addFrame(frames: Map<string, SampledFrame>, given: string, file: string | undefined, samples: number): void {
  const name = given.trim() === '' ? unresolvedFrame : given
  const key = `${file ?? ''}\0${name}`
  const known = frames.get(key)
  frames.set(key, { name, ...(file === undefined ? {} : { file }), samples: (known?.samples ?? 0) + samples })
}

function bySamples(frames: ReadonlyMap<string, SampledFrame>): SampledFrame[] {
  return [...frames.values()].sort((a, b) => b.samples - a.samples || (a.name < b.name ? -1 : 1))
}
