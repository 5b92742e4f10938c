import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { absence, knobText, sayKnob } from './effective-knob.ts'
import { type Attainable, familiesOf, KERNEL_TOPICS, namedRatio } from './kernel-headroom.ts'
import { roomBelowRoof } from './kernel-room.ts'
import { type Lever, nothing, type Precondition } from './lever.ts'

const KNOB = 'tuned-config-folder'
const ATTAINABLE: Attainable = {
  low: 0.6,
  high: 0.8,
  why: 'a tuned grouped GEMM at 60 to 80 % of its roof: experts with few tokens each leave more unused than a dense GEMM does; a prior of this tool until trials replace it',
}

/** `\b`, because names of other kernels contain it. */
export const TRITON_MOE = /\bfused_moe_kernel/
export const MIN_NAMED_RATIO = 0.5

/** L33: tuned tile sizes for the Triton grouped GEMM that runs with the default ones. */
export const tunedMoe: Lever = {
  id: 'L33',
  name: 'tuned-moe-config',
  title: 'Tune the Triton MoE kernel for this model, GPU and batch',
  type: 'config',
  class: 'moe',
  engines: ['vllm', 'sglang'],
  cost: { hours: 2, why: 'the engine’s tuning script runs unattended on one GPU, then a JSON file and three pairs; no rebuild' },
  changesAccuracy: false,
  reference: {
    repo: 'vllm-project/vllm',
    commit: '6adad08767583f52eb4d2122111af0bf638ed5e6',
    file: 'vllm/model_executor/layers/fused_moe/fused_moe.py',
  },
  check(evidence, deployment) {
    const family = tritonMoe(familiesOf(evidence, 'moe'))
    if (evidence.step === undefined || family === undefined) return nothing('the experts do not run on the Triton kernel')
    const tuned = alreadyTuned(deployment)
    if (tuned !== undefined) return nothing(tuned, true)
    const gone = absence(deployment, KNOB)
    if (gone !== undefined) return nothing(gone, true)
    const room = roomBelowRoof(evidence, family, ATTAINABLE, namedRatio(family, TRITON_MOE))
    if ('none' in room) return room
    return {
      part: `kernels:${family.family}`,
      ceilingRatio: room.ceilingRatio,
      effect: { by: 'replay', changes: [room.word], assumptions: [ATTAINABLE.why] },
      settings: [{ knob: KNOB, to: '/path/to/tuned-configs' }],
      summary: `the Triton MoE kernel reaches ${formatRatio(room.headroom.roof.value)} of its memory roof: tune its tiles (benchmarks/kernels/benchmark_moe.py --tune) and point the engine at the result`,
      because: [room.text],
      cites: room.cites,
      restsOn: KERNEL_TOPICS,
      preconditions: [untuned(deployment)],
      risks: [
        'the folder of the change is a stand-in: put the file that tuning wrote there before the trial, or nothing changes',
        'a tuned file holds for its experts, sizes, type and GPU only; other batches may become slower',
      ],
      falsifier: 'the kernel’s time at the served token counts does not fall, or TPOT does not',
      joinRatio: room.headroom.coveredRatio,
    }
  },
}

export const tritonMoe = (families: readonly FamilyEvidence[]): FamilyEvidence | undefined =>
  families.find((family) => namedRatio(family, TRITON_MOE) >= MIN_NAMED_RATIO)

/** Values by which a log or a person says that no tuned configuration is used. */
const UNTUNED = /^(|none|default.*|untuned|false|0)$/
/** Key of `resolved` for the engine's line “Using default MoE config. Performance might be sub-optimal!” (fused_moe.py:1162). */
const LOG_KEY = 'moe_config'

function alreadyTuned(deployment: Deployment): string | undefined {
  const tuned = knobText(deployment, KNOB)
  if (tuned !== undefined && !UNTUNED.test(tuned)) return `already on: ${sayKnob(deployment, KNOB)}`
  const logged = loggedConfig(deployment)
  return logged === undefined || UNTUNED.test(logged) ? undefined : `the engine found a tuned configuration: ${logged}`
}

function loggedConfig(deployment: Deployment): string | undefined {
  const state = deployment.knob(KNOB)
  const value = deployment.file?.resolved?.[LOG_KEY] ?? (state.state === 'resolved' ? state.value : undefined)
  return value === undefined ? undefined : String(value).toLowerCase()
}

/** Whether the log says that the default configuration is used; that no folder is set says nothing of what the engine ships with. */
export function isUntuned(deployment: Deployment): boolean {
  const logged = loggedConfig(deployment)
  return logged !== undefined && UNTUNED.test(logged)
}

function untuned(deployment: Deployment): Precondition {
  const what = 'the kernel runs with the default configuration'
  return isUntuned(deployment)
    ? { what, state: 'met', why: 'as the engine’s log says' }
    : { what, state: 'unknown', why: 'look for “Using default MoE config” in the engine’s log' }
}
