import { formatRatio } from '#base/units.ts'
import { frontEndTime } from './front-end-time.ts'
import { hotFrames } from './hot-frames.ts'
import { type Lever, nothing } from './lever.ts'
import { vllmSource } from './sources.ts'
import { wanted } from './wanted-knob.ts'

const KNOB = 'fast-tokens'
const TOKENIZER = /tokeniz|detokeniz|convert_(?:ids|tokens)|decode_stream|batch_decode|encode_batch/i
const HOT = 0.1
/** Part of the tokenizer’s time that the faster one takes away: a prior of this tool until trials replace it. */
const TAKES = { low: 0.2, high: 0.8 } as const

/** L09: the tokenizer keeps the front end busy. */
export const tokenizer: Lever = {
  id: 'L09',
  name: 'tokenizer',
  title: 'Use the faster tokenizer',
  type: 'config',
  class: 'host',
  engines: ['vllm', 'sglang'],
  cost: { hours: 1.5, why: 'one setting, a package in the image, three pairs and a comparison of tokens' },
  changesAccuracy: false,
  reference: vllmSource('v1/engine/detokenizer.py'),
  check(evidence, deployment) {
    const front = frontEndTime(evidence.serving)
    if ('none' in front) return front
    const frames = hotFrames(evidence, TOKENIZER)
    if (frames === undefined) return nothing('what the front end does is not known: take CPU samples (zymtrace)')
    if (frames.share < HOT) return nothing('the tokenizer is not hot on the CPU')
    const open = wanted(deployment, KNOB, true)
    if ('none' in open) return open
    const share = front.share * frames.share
    return {
      part: 'front-end',
      ceilingRatio: share,
      effect: {
        by: 'formula',
        metric: 'tpot',
        text: '1 − (client − engine) ÷ client × share of the tokenizer in samples × part taken away',
        uncertain: [{ name: 'part taken away', ...TAKES, why: 'a prior of this tool until trials replace it' }],
        newOverOld: ([takes = 0]) => 1 - share * takes,
      },
      settings: [{ knob: KNOB, to: true }],
      summary: `${front.text}, and ${frames.names[0] ?? 'the tokenizer'} is hot on the CPU`,
      because: [front.text, `${frames.names.join(', ')} hold up to ${formatRatio(frames.share)} of the CPU’s samples`],
      cites: [...front.cites, ...frames.cites],
      restsOn: ['serving', 'host'],
      preconditions: [
        open,
        { what: 'the fast tokenizer knows the model', state: 'unknown', why: 'its list of models is not in the evidence' },
      ],
      risks: ['tokens must be the same: compare exactly'],
      falsifier: 'requests per second with short prompts do not rise, or one token differs',
    }
  },
}
