/** What looks like a bottleneck and is none, or is one that the obvious lever may not be proposed for. */
import type { Random } from '#base/random.ts'
import type { BottleneckClass } from '#formats/synthesis.ts'
import { drawBase, type Parts, within } from './base.ts'
import type { CaptureName, Deployment } from './deployment.ts'
import { deviceNs, withGroups } from './mechanism.ts'
import { withArguments, withMechanism } from './plants/plant.ts'

export interface Decoy {
  readonly id: string
  readonly title: string
  /** The class that the evidence carries all the same; absent: none that a lever could mend. */
  readonly class?: BottleneckClass
  /** The captures are too bad for any class. */
  readonly mustAbstain?: boolean
  /** Nothing at all may promise more than a trial could detect. */
  readonly isNull?: boolean
  readonly never: readonly string[]
  /** No change may hold these words. */
  readonly neverWords?: readonly string[]
  readonly needs: readonly CaptureName[]
  draw(random: Random, seed: number, name: string): Deployment
}

const even: Parts = { attention: 0.3, gemm: 0.34, norm: 0.06, other: 0.14 }

const atRoof: Decoy = {
  id: 'hot-at-roof',
  title: 'attention takes half of the step, at the speed of the memory, with an FP8 cache and FP8 weights',
  isNull: true,
  never: ['L01', 'L02', 'L25', 'L27', 'L31', 'L32'],
  needs: ['nsys', 'ncu', 'deployment'],
  draw: (random, seed, name) =>
    drawBase(random, seed, name, {
      parts: { attention: 0.5, gemm: 0.3, norm: 0.05, other: 0.1 },
      deviceNs: [5_000_000, 9_000_000],
      tensorParallel: [1],
    }),
}

const rowsDropped: Decoy = {
  id: 'rows-dropped',
  title: 'half of the device rows were lost: the idle time is not idle',
  mustAbstain: true,
  never: ['L01', 'L02'],
  needs: ['nsys', 'dcgm', 'deployment'],
  draw(random, seed, name) {
    const base = drawBase(random, seed, name, { parts: even, deviceNs: [5_000_000, 9_000_000], tensorParallel: [1], asynchronous: false })
    const dropped = { ...base, recording: { ...base.recording, steps: 60, droppedShare: 0.45 } }
    return withArguments(dropped, base.engine === 'vllm' ? { 'no-async-scheduling': true } : { 'disable-overlap-schedule': true })
  },
}

const uncountedSpin: Decoy = {
  id: 'uncounted-spin',
  title: 'the hot kernel keeps the multiprocessors busy, and neither its bytes nor its operations were counted',
  class: 'attention',
  never: ['L01', 'L02', 'L25', 'L27'],
  needs: ['nsys', 'ncu', 'deployment'],
  draw(random, seed, name) {
    const base = drawBase(random, seed, name, {
      parts: { attention: 0.55, gemm: 0.25, norm: 0.04, other: 0.1 },
      deviceNs: [5_000_000, 9_000_000],
      tensorParallel: [1],
      attention: 'triton',
    })
    const spinning = withGroups(base.mechanism, (work, name) => (name === 'attention' ? { ...work, smBusyRatio: 0.92 } : work))
    return { ...base, mechanism: spinning, uncounted: ['attention'] }
  },
}

const hostHidden: Decoy = {
  id: 'host-hidden',
  title: 'the host works nearly as long as the device, one step ahead: nothing waits for it',
  isNull: true,
  never: ['L01', 'L02'],
  needs: ['nsys', 'deployment'],
  draw: (random, seed, name) =>
    drawBase(random, seed, name, { parts: even, deviceNs: [5_000_000, 9_000_000], tensorParallel: [1], hostRatio: [0.75, 0.88] }),
}

const contaminated: Decoy = {
  id: 'contaminated-window',
  title: 'a few prompts were computed inside the window of decode steps, in chunks that are small already',
  isNull: true,
  never: ['L01', 'L02', 'L39'],
  needs: ['nsys', 'deployment'],
  draw(random, seed, name) {
    const base = drawBase(random, seed, name, { parts: even, deviceNs: [5_000_000, 9_000_000], tensorParallel: [1] })
    const mixed = { tokens: 2048, chunkNs: deviceNs(base.mechanism) * within(random, [1, 1.5]), ratio: 0.05 }
    const marked = { ...base, recording: { ...base.recording, annotations: base.engine as 'vllm' | 'sglang' } }
    return withArguments(withMechanism(marked, { mixed }), {
      [base.engine === 'vllm' ? 'max-num-batched-tokens' : 'chunked-prefill-size']: 2048,
    })
  },
}

const hostAsyncOn: Decoy = {
  id: 'host-async-on',
  title: 'the host takes longer than the device although it already runs one step ahead',
  class: 'host',
  never: ['L01', 'L02'],
  needs: ['nsys', 'deployment'],
  draw: (random, seed, name) =>
    drawBase(random, seed, name, {
      parts: even,
      deviceNs: [1_500_000, 3_000_000],
      tensorParallel: [1],
      hostRatio: [2, 2.8],
      batch: [1, 2, 4],
    }),
}

const oldEngine: Decoy = {
  id: 'old-engine',
  title: 'FP8 GEMMs run on the Triton kernel of an engine that is too old to be told another one by argument',
  class: 'gemm',
  never: ['L01', 'L02'],
  neverWords: ['linear-backend'],
  needs: ['nsys', 'ncu', 'deployment'],
  draw(random, seed, name) {
    const base = drawBase(random, seed, name, {
      parts: { attention: 0.18, gemm: 0.6, norm: 0.05, other: 0.1 },
      deviceNs: [4_000_000, 9_000_000],
      tensorParallel: [1],
      engines: ['vllm'],
      gemm: 'triton-block',
    })
    const version = '0.18.0'
    const slow = withGroups(base.mechanism, (work, name) => (name === 'gemm' ? { ...work, dramRatio: 0.3 } : work))
    return { ...base, version, mechanism: slow, file: { ...base.file, engine: { ...base.file.engine, version } } }
  },
}

const smBusySpin: Decoy = {
  id: 'sm-busy-spin',
  title: 'persistent GEMMs spin at a small batch: the multiprocessors are busy, and the counted work is far from every roof',
  class: 'gemm',
  never: ['L01', 'L02', 'L31', 'L38'],
  needs: ['nsys', 'ncu', 'deployment'],
  draw(random, seed, name) {
    const base = drawBase(random, seed, name, {
      parts: { attention: 0.18, gemm: 0.6, norm: 0.05, other: 0.1 },
      deviceNs: [4_000_000, 9_000_000],
      tensorParallel: [1],
      batch: [1, 2, 4],
    })
    const spun = { dramRatio: within(random, [0.15, 0.3]), flopRatio: within(random, [0.01, 0.1]), tensorPipeRatio: 0.05 }
    const spinning = withGroups(base.mechanism, (work, name) => (name === 'gemm' ? { ...work, ...spun } : work))
    return { ...base, mechanism: spinning, disagreements: ['sm-busy'] }
  },
}

export const decoys: readonly Decoy[] = [atRoof, rowsDropped, uncountedSpin, hostHidden, contaminated, hostAsyncOn, oldEngine, smBusySpin]
