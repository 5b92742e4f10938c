import { formatRatio } from '#base/units.ts'
import { knobNumber, sayKnob } from './effective-knob.ts'
import { frontEndTime } from './front-end-time.ts'
import { hotFrames } from './hot-frames.ts'
import { type Lever, nothing } from './lever.ts'
import { vllmSource } from './sources.ts'

const KNOB = 'stream-interval'
/** As vLLM 27869 tried it. */
const TOKENS = 10
const HTTP = /uvicorn|starlette|fastapi|asyncio|h11|httptools|uvloop|sse_starlette|StreamingResponse|json\.|pydantic/
/** Frames hotter than this are what the process does. */
const HOT = 0.1
/** Chunks fall to a tenth; what is done per token stays. A prior of this tool until trials replace it. */
const TAKES = { low: 0.2, high: 0.8 } as const

/** L08: one chunk per token and stream keeps the front end busy. */
export const streamInterval: Lever = {
  id: 'L08',
  name: 'stream-interval',
  title: 'Stream several tokens at once',
  type: 'config',
  class: 'host',
  engines: ['vllm', 'sglang', 'tensorrt-llm'],
  cost: { hours: 1, why: 'one flag, a restart and three pairs at the highest concurrency' },
  changesAccuracy: false,
  reference: vllmSource('v1/engine/output_processor.py'),
  check(evidence, deployment) {
    const front = frontEndTime(evidence.serving)
    if ('none' in front) return front
    const frames = hotFrames(evidence, HTTP)
    if (frames === undefined) return nothing('what the front end does is not known: take CPU samples (zymtrace)')
    if (frames.share < HOT) return nothing('streaming is not hot on the CPU')
    const state = deployment.knob(KNOB)
    if (state.state === 'absent') return nothing(state.why, true)
    const interval = knobNumber(deployment, KNOB)
    if (interval !== undefined && interval > 1) return nothing(`already so: ${sayKnob(deployment, KNOB)}`, true)
    return {
      part: 'front-end',
      ceilingRatio: front.share,
      effect: {
        by: 'formula',
        metric: 'tpot',
        text: '1 − (client − engine) ÷ client × part taken away',
        uncertain: [{ name: 'part taken away', ...TAKES, why: 'chunks fall to a tenth, work per token stays: a prior of this tool' }],
        newOverOld: ([takes = 0]) => 1 - front.share * takes,
      },
      settings: [{ knob: KNOB, to: TOKENS }],
      summary: `${front.text}, and ${frames.names[0] ?? 'streaming'} is hot: send ${TOKENS} tokens in a chunk`,
      because: [front.text, `${frames.names.join(', ')} hold up to ${formatRatio(frames.share)} of the CPU’s samples`],
      cites: [...front.cites, ...frames.cites],
      restsOn: ['serving', 'host'],
      preconditions: [{ what: 'each token is a chunk', state: interval === undefined ? 'unknown' : 'met', why: sayKnob(deployment, KNOB) }],
      risks: ['tokens reach clients in bursts by design: judge by throughput and TPOT, not by the time between chunks'],
      falsifier: 'tokens per second at the highest concurrency do not rise; at concurrency 1 they must stay',
    }
  },
}
