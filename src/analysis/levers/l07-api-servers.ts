import { knobFlag, knobNumber, sayKnob } from './effective-knob.ts'
import { frontEndTime } from './front-end-time.ts'
import { type Lever, nothing } from './lever.ts'
import { vllmSource } from './sources.ts'

const KNOB = 'api-server-count'
/** From one process to this many: enough to see whether the front end is the limit. */
const SERVERS = 4
/** Part of the way to the client that more processes take away: a prior of this tool until trials replace it. */
const TAKES = { low: 0.3, high: 0.9 } as const

/** L07: one process serves HTTP for all streams. */
export const apiServers: Lever = {
  id: 'L07',
  name: 'api-server-scale-out',
  title: 'Serve HTTP from several processes',
  type: 'config',
  class: 'host',
  engines: ['vllm', 'sglang'],
  cost: { hours: 1, why: 'one flag, a restart and three pairs at high concurrency' },
  changesAccuracy: false,
  reference: vllmSource('entrypoints/openai/cli_args.py'),
  check({ serving }, deployment) {
    const front = frontEndTime(serving)
    if ('none' in front) return front
    if (knobFlag(deployment, 'rust-frontend') === true) return nothing('the front end in Rust takes no second process', true)
    const state = deployment.knob(KNOB)
    if (state.state === 'absent') return nothing(state.why, true)
    const count = knobNumber(deployment, KNOB)
    if (count !== undefined && count > 1) return nothing(`already so: ${sayKnob(deployment, KNOB)}`, true)
    return {
      part: 'front-end',
      ceilingRatio: front.share,
      effect: {
        by: 'formula',
        metric: 'tpot',
        text: '1 − (client − engine) ÷ client × part taken away',
        uncertain: [{ name: 'part taken away', ...TAKES, why: 'a prior of this tool until trials replace it' }],
        newOverOld: ([takes = 0]) => 1 - front.share * takes,
      },
      settings: [{ knob: KNOB, to: SERVERS }],
      summary: `${front.text}: serve HTTP from ${SERVERS} processes`,
      because: [front.text],
      cites: front.cites,
      restsOn: ['serving', 'host'],
      preconditions: [
        { what: 'one process serves HTTP', state: count === undefined ? 'unknown' : 'met', why: sayKnob(deployment, KNOB) },
        { what: 'cores are free', state: 'unknown', why: 'load of the CPUs is not in the evidence' },
      ],
      risks: ['load balancing is per process, and metrics come from several'],
      falsifier: 'client TPOT at this concurrency does not come nearer to the engine’s; at concurrency 1 it must stay',
    }
  },
}
