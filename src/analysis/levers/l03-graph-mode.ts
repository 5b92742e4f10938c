import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { knobText, sayKnob } from './effective-knob.ts'
import { type KnobSetting, type Lever, type NoCandidate, nothing, type Precondition } from './lever.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, NO_STEP, sayWithin, withinShare } from './step-time.ts'

/** A full graph is one launch; piecewise graphs are one per layer and one more. */
const FEW_LAUNCHES = 4

/** Back ends without full graphs here, and one with them (facts/levers.md 2.4: AttentionCGSupport). */
const instead: Readonly<Record<string, { readonly of: RegExp; readonly to: string }>> = {
  flashinfer: { of: /^9\./, to: 'FLASH_ATTN' },
  cutlass_mla: { of: /^10\./, to: 'FLASHINFER_MLA' },
  triton_mla: { of: /^9\./, to: 'FLASH_ATTN_MLA' },
}

/** L03: decode runs as many small graphs because full graphs were refused. */
export const graphMode: Lever = {
  id: 'L03',
  name: 'cudagraph-mode-downgrade',
  title: 'Run a decode step as one graph instead of one per layer',
  type: 'config',
  class: 'host',
  engines: ['vllm'],
  cost: { hours: 1.5, why: 'one flag, a restart with graph capture and three pairs' },
  changesAccuracy: false,
  reference: vllmSource('v1/worker/gpu_model_runner.py'),
  check(evidence, deployment) {
    const { step, host } = evidence
    if (step === undefined) return nothing(NO_STEP)
    const launches = host?.graphLaunchesPerStep
    if (launches === undefined) return nothing('launches of graphs are not known')
    if (launches.value < FEW_LAUNCHES)
      return nothing(`a step has ${launches.value.toFixed(1)} launches of graphs: it is not cut into pieces`)
    const ceilingRatio = withinShare(step)
    const small = belowTrial('idle time between the pieces of a step', ceilingRatio)
    if (small !== undefined) return small
    const change = changeOf(deployment)
    if ('none' in change) return change
    return {
      part: 'host-within',
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: ['merge-launches'],
        assumptions: ['one launch of 10 to 30 us a step, its kernels 0.3 to 1 us apart (what-if, merge-launches)'],
      },
      settings: [change.setting],
      summary: `a decode step is launched as ${Math.round(launches.value)} graphs: ${change.text}`,
      because: [`a step has ${launches.value.toFixed(1)} launches of graphs`, sayWithin(step), ...sayInGraphs(evidence), change.text],
      cites: [launches, step.hostWithinNs, step.cadenceNs],
      restsOn: ['step-time', 'host', 'device-busy'],
      preconditions: [change.precondition, connector(deployment)],
      risks: ['another attention backend has other kernels: compare their time at the same batch and context'],
      falsifier: 'launches of graphs per step do not fall to about one, or TPOT does not fall',
    }
  },
}

const sayInGraphs = ({ host }: Evidence): string[] =>
  host?.inGraphRatio === undefined ? [] : [`${formatRatio(host.inGraphRatio.value)} of the kernels run inside graphs`]

function changeOf(
  deployment: Deployment,
): { readonly setting: KnobSetting; readonly text: string; readonly precondition: Precondition } | NoCandidate {
  const mode = deployment.knob('cudagraph-mode')
  const what = 'full graphs are refused'
  if (mode.state === 'absent') return nothing(mode.why, true)
  const value = knobText(deployment, 'cudagraph-mode')
  const text = sayKnob(deployment, 'cudagraph-mode')
  if (value !== undefined && value !== 'piecewise') return nothing(`${text}, though a step has many graphs: see the engine’s log`, true)
  if (mode.state === 'set') {
    return { setting: { knob: 'cudagraph-mode', to: 'FULL_AND_PIECEWISE' }, text, precondition: { what, state: 'met', why: text } }
  }
  const backend = knobText(deployment, 'attention-backend')
  const other = backend === undefined || !Object.hasOwn(instead, backend) ? undefined : instead[backend]
  if (backend === undefined || other === undefined || !other.of.test(deployment.computeCapability ?? '')) {
    return nothing('which attention backend keeps full graphs off is not known: read the engine’s log', true)
  }
  return {
    setting: { knob: 'attention-backend', to: other.to },
    text: `${backend.toUpperCase()} has no full graphs here, ${other.to} has`,
    precondition: { what, state: value === undefined ? 'unknown' : 'met', why: text },
  }
}

function connector(deployment: Deployment): Precondition {
  const what = 'no KV connector asks for piecewise graphs'
  const value = knobText(deployment, 'kv-connector')
  if (value === undefined) return { what, state: 'unknown', why: 'whether a connector is set is not known' }
  return { what, state: value === 'none' ? 'met' : 'unknown', why: value === 'none' ? 'none is set' : `kv-connector is ${value}` }
}
