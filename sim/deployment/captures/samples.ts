/** What a sampling profiler saw of the deployment's kernels: the TSV set of zymtrace (facts: zymtrace, sections 2 to 4). */
import { Random } from '#base/random.ts'
import type { Deployment } from '#sim/deployment/deployment.ts'
import type { Plan, RankPlan } from '#sim/plan.ts'
import { groupsByName } from './counters.ts'

/** Of a minute of serving at 1 kHz: more than a timeline of a second needs, as continuous profilers have. */
const SAMPLES = 30_000

function table(header: string, rows: readonly (readonly (string | number)[])[]): string {
  return `${[header, ...rows.map((row) => row.join('\t'))].join('\n')}\n`
}

/** Busy time by name, of all traced devices; a planted disagreement gives one group twice its part. */
function kernelTimes(deployment: Deployment, ranks: readonly RankPlan[]): [string, number][] {
  const groups = groupsByName(deployment)
  const isOff = deployment.disagreements.includes('sampled-share')
  const times = new Map<string, number>()
  for (const { class: kind, name, startNs, endNs } of ranks.flatMap(({ activities }) => activities)) {
    if (kind !== 'compute' && kind !== 'communication') continue
    const weight = isOff && groups.get(name) === 'attention' ? 2.2 : 1
    times.set(name, (times.get(name) ?? 0) + weight * (endNs - startNs))
  }
  return [...times].sort(([a], [b]) => (a < b ? -1 : 1))
}

function draw(deployment: Deployment, ranks: readonly RankPlan[]): { readonly name: string; readonly samples: number }[] {
  const entries = kernelTimes(deployment, ranks)
  const upTo: number[] = []
  for (const [, ns] of entries) upTo.push((upTo.at(-1) ?? 0) + ns)
  const whole = upTo.at(-1) ?? 0
  const counts = entries.map(() => 0)
  const random = new Random(deployment.seed, 'samples')
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const drawn = random.uniform() * whole
    const at = upTo.findIndex((ns) => drawn < ns)
    counts[at] = (counts[at] ?? 0) + 1
  }
  return entries
    .map(([name], index) => ({ name, samples: counts[index] ?? 0 }))
    .filter(({ samples }) => samples > 0)
    .sort((a, b) => b.samples - a.samples || (a.name < b.name ? -1 : 1))
}

/** Frames of the engine's step while kernels ran. */
const frames: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  vllm: [
    ['vllm/v1/worker/gpu_worker.py::execute_model', 0.7],
    ['vllm/v1/engine/core.py::step', 0.2],
    ['vllm/v1/core/sched/scheduler.py::schedule', 0.1],
  ],
  sglang: [
    ['sglang/srt/managers/tp_worker.py::forward_batch_generation', 0.7],
    ['sglang/srt/managers/scheduler.py::run_batch', 0.3],
  ],
}

/** File name to content, of one folder. */
export function sampledTables(deployment: Deployment, plan: Plan): Readonly<Record<string, string>> {
  const drawn = draw(deployment, plan.ranks)
  const total = drawn.reduce((sum, { samples }) => sum + samples, 0)
  const collective = drawn.reduce((sum, { name, samples }) => sum + (name.startsWith('nccl') ? samples : 0), 0)
  const each = Math.floor(total / plan.ranks.length)
  return {
    'kernel-class.tsv': table('event_kind\tkind\tsamples', [
      ['cuda', 'cuda', total],
      ['on_cpu', 'native', total],
    ]),
    'top-gpu-frames.tsv': table(
      'kernel\tsamples',
      drawn.map(({ name, samples }) => [name, samples]),
    ),
    'per-gpu.tsv': table(
      'gpu_name\tgpu_uuid\tsamples',
      plan.ranks.map(({ uuid }, index) => [
        deployment.gpu.name,
        `GPU-${uuid}`,
        index === 0 ? total - each * (plan.ranks.length - 1) : each,
      ]),
    ),
    'per-category.tsv': table(
      'category\tsamples',
      (
        [
          ['NCCL', collective],
          ['Other', total - collective],
        ] as const
      ).filter(([, samples]) => samples > 0),
    ),
    'top-python-during-cuda.tsv': table(
      'python_frame\tsamples',
      (frames[deployment.engine] ?? []).map(([frame, part]) => [frame, Math.round(total * part)]),
    ),
  }
}
