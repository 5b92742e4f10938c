import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Cited, Evidence } from '#analysis/synthesis/evidence.ts'
import { formatDuration, formatRatio } from '#base/units.ts'
import { knobFlag, knobText, sayKnob } from './effective-knob.ts'
import { detectable, tooSmall } from './kernel-headroom.ts'
import { type Lever, type NoCandidate, nothing, type Precondition } from './lever.ts'

/** What routing by prefix reaches of an ideal cache: some requests still go to an idle replica. A prior of this tool. */
const REACHED = { low: 0.8, high: 0.95 }
/** With 26 % of sharing a cache-aware router was reported to be slower than round robin (SGLang issue 21199). */
const MIN_REUSE = 0.3

const KNOB = 'kv-events'

/** L44: requests go where their prefix is cached, where replicas behind a balancer of load each cache little of it. */
export const cacheRouting: Lever = {
  id: 'L44',
  name: 'prefix-aware-routing',
  title: 'Route requests to the replica that has their prefix cached',
  type: 'config',
  class: 'cache-routing',
  engines: ['vllm', 'sglang'],
  cost: { hours: 4, why: 'a prefix-aware router before the replicas, and three pairs on the same trace of requests' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad08767583f52eb4d2122111af0bf638ed5e6', file: 'vllm/v1/engine/core_client.py' },
  check(evidence, deployment) {
    const replicas = deployment.dataParallel
    if (replicas === undefined || replicas < 2) return nothing('one replica: there is nothing to route')
    const events = knobText(deployment, KNOB)
    if (events !== undefined && events !== 'none' && events !== '') return nothing(`already on: ${sayKnob(deployment, KNOB)}`, true)
    const lost = lostReuse(evidence, deployment)
    if ('none' in lost) return lost
    const part = prefillOfTtft(evidence)
    if (part === undefined)
      return nothing('what part of TTFT is prefill is not known: take the engine’s metrics before and after the load', true)
    const { hit, reuse } = lost
    const computed = (reached: number): number => (1 - reached * reuse) / (1 - hit.value)
    const ceilingRatio = part.ratio * (1 - computed(REACHED.high))
    if (!detectable(ceilingRatio)) return nothing(tooSmall(ceilingRatio), true)
    return {
      part: 'avoidable-prefill',
      ceilingRatio,
      effect: {
        by: 'formula',
        metric: 'ttft',
        text: 'the prefill part of TTFT falls with the prompt tokens that are still computed; waiting is left as it is',
        uncertain: [{ name: 'part of the possible reuse that is reached', ...REACHED, why: 'some requests still go elsewhere; a prior' }],
        newOverOld: ([reached = REACHED.low]) => 1 - part.ratio * (1 - computed(reached)),
      },
      ...(deployment.knob(KNOB).state === 'absent'
        ? {}
        : { settings: [{ knob: KNOB, to: '{"enable_kv_cache_events": true, "publisher": "zmq"}' }] }),
      summary: `${formatRatio(hit.value)} of prompt tokens are found in the caches of ${replicas} replicas, ${formatRatio(reuse)} could be: put a prefix-aware router before them (or pin sessions)`,
      because: [...lost.because, part.text],
      cites: [hit, ...part.cites],
      restsOn: ['serving'],
      preconditions: [caches(deployment), loadOnly(deployment)],
      risks: ['hot prefixes make hot replicas: watch the spread of load', 'two routers in a row undo each other'],
      falsifier: 'hit ratio does not rise on the same trace of requests, or TTFT p50 or p99 does not fall',
    }
  },
}

interface LostReuse {
  readonly hit: Cited
  readonly reuse: number
  readonly because: readonly string[]
}

function lostReuse({ serving }: Evidence, deployment: Deployment): LostReuse | NoCandidate {
  const hit = serving?.prefixHitRatio
  if (hit === undefined) return nothing('the hit ratio of the prefix cache is not known')
  const reuse = deployment.file?.workload?.reuseRatio
  if (reuse === undefined) return nothing('what an ideal cache would reuse is not known (workload.reuseRatio of the deployment)', true)
  if (hit.value >= REACHED.low * reuse) {
    return nothing(`the hit ratio (${formatRatio(hit.value)}) is what routing reaches of the possible reuse (${formatRatio(reuse)})`, true)
  }
  if (reuse < MIN_REUSE) return nothing(`with ${formatRatio(reuse)} of possible reuse cache-aware routing has been slower than none`, true)
  if (hit.value >= 1) return nothing('every prompt token is cached')
  return { hit, reuse, because: [`hit ratio ${formatRatio(hit.value)}, possible reuse of the workload ${formatRatio(reuse)}`] }
}

/** Both from the engine where it has them, for a mean over a median says little. */
export function prefillOfTtft({
  serving,
}: Evidence): { readonly ratio: number; readonly text: string; readonly cites: readonly Cited[] } | undefined {
  const prefill = serving?.prefillNs
  const whole = serving?.engineTtftNs ?? serving?.ttftP50Ns
  if (prefill === undefined || whole === undefined || !(whole.value > 0)) return undefined
  return {
    ratio: Math.min(1, prefill.value / whole.value),
    text: `prefill takes ${formatDuration(prefill.value)} of ${formatDuration(whole.value)} to the first token`,
    cites: [prefill, whole],
  }
}

function caches(deployment: Deployment): Precondition {
  const what = 'replicas cache prefixes'
  const on = knobFlag(deployment, 'prefix-caching')
  if (on === true) return { what, state: 'met', why: sayKnob(deployment, 'prefix-caching') }
  return {
    what,
    state: 'unknown',
    why: on === false ? 'prefix caching is off: switch it on first (L45)' : sayKnob(deployment, 'prefix-caching'),
  }
}

/** vLLM's own balancer scores load only (core_client.py:1471-1513), and so do all of SGLang's methods. */
function loadOnly(deployment: Deployment): Precondition {
  const what = 'requests are spread by load alone'
  const external = knobFlag(deployment, 'external-load-balancer') === true || knobFlag(deployment, 'hybrid-load-balancer') === true
  return external
    ? { what, state: 'unknown', why: 'an external load balancer is configured; its policy is not known' }
    : { what, state: 'met', why: 'the engine’s own balancer looks at load only' }
}
