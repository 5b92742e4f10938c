/** What several sources answer together that none of them answers alone. A question is asked only where the mix has what it takes. */
import { shellWord } from '#base/shell-word.ts'
import { formatDuration, formatRatio } from '#base/units.ts'
import type { MixAnswer } from '#formats/analysis.ts'
import { roofsAnswer } from './figure-answers.ts'
import { type CapturePair, commonRatio, type JoinSource, relateCaptures } from './relate.ts'

type Part = 'timeline' | 'counters' | 'samples' | 'client' | 'endpoint'

const asks: Readonly<Record<MixAnswer['question'], string>> = {
  'family-roofs': 'How far is each family of kernels from its roof, weighted by the time it takes?',
  ranks: 'Which rank do the others wait for?',
  'what-shifted': 'What changed between the two runs?',
  'shares-and-times': 'Do samples and the timeline name the same kernels?',
  'step-and-client': 'Does the step of the timeline explain what clients measured?',
  utilisation: 'Do the devices’ own counters agree with the timeline?',
  'during-the-run': 'What happened between the two dumps?',
}

export function partOf({ capture, kernels }: Pick<JoinSource, 'capture' | 'kernels'>): Part | undefined {
  if (capture.benchResult !== undefined) return 'client'
  if (capture.metricSamples !== undefined) return 'endpoint'
  if (kernels?.counts === 'results') return 'counters'
  if (kernels?.counts === 'samples') return 'samples'
  return kernels === undefined ? undefined : 'timeline'
}

/** One answer per question: of the pair that answers it best, the first among equals. */
export function answerMix(sources: readonly JoinSource[]): MixAnswer[] {
  const of = (part: Part): JoinSource[] => sources.filter((source) => partOf(source) === part)
  const answers = [
    ...bestOf(of('timeline'), of('counters'), roofs),
    ...bestOf(of('timeline'), of('samples'), sharesAndTimes),
    ...timelines(of('timeline')),
    ...bestOf(of('timeline'), of('client'), stepAndClient),
    ...bestOf(of('timeline'), of('endpoint'), utilisation),
    ...dumps(of('endpoint')),
  ]
  return answers
}

const rank = { yes: 0, unknown: 1, no: 2 } as const

function bestOf(
  left: readonly JoinSource[],
  right: readonly JoinSource[],
  judge: (a: JoinSource, b: JoinSource) => MixAnswer,
): MixAnswer[] {
  const all = left.flatMap((a) => right.map((b) => judge(a, b)))
  const best = all.toSorted((a, b) => rank[a.answerable] - rank[b.answerable])[0]
  return best === undefined ? [] : [best]
}

function answer(
  question: MixAnswer['question'],
  answerable: MixAnswer['answerable'],
  reason: string,
  files: readonly JoinSource[],
  command?: string,
): MixAnswer {
  const names = files.map(({ name }) => name)
  return { question, asks: asks[question], answerable, reason, files: names, ...(command === undefined ? {} : { do: command }) }
}

const named = (...sources: readonly JoinSource[]): string => sources.map(({ name }) => shellWord(name)).join(' ')

function roofs(timeline: JoinSource, counters: JoinSource): MixAnswer {
  const found = roofsAnswer(relateCaptures(timeline, counters))
  const files = [timeline, counters]
  if (found?.state === 'joined') {
    const pair = relateCaptures(timeline, counters)
    const { carried, total } = pair.kernels?.left ?? {}
    const covered = formatRatio((carried?.timeNs ?? 0) / (total?.timeNs ?? 1))
    return answer(
      'family-roofs',
      'yes',
      `${covered} of the kernel time has counters at the same shape`,
      files,
      `sextant roofline ${named(...files)}`,
    )
  }
  return answer('family-roofs', 'no', found?.reason ?? 'nothing joins them', files)
}

function sharesAndTimes(timeline: JoinSource, samples: JoinSource): MixAnswer {
  const { kernels } = relateCaptures(timeline, samples)
  const files = [timeline, samples]
  if (kernels === undefined || kernels.matchedRatio === 0)
    return answer('shares-and-times', 'no', 'no kernel of one is a kernel of the other', files)
  const reason = `${formatRatio(commonRatio(kernels.right))} of the samples are of kernels that the timeline has; shares of samples are no times`
  return answer('shares-and-times', 'yes', reason, files, `sextant join ${named(...files)}`)
}

/** Ranks of one job are one question over all of them; two runs are another. */
function timelines(sources: readonly JoinSource[]): MixAnswer[] {
  const pairs = sources.flatMap((left, index) => sources.slice(index + 1).map((right) => relateCaptures(left, right)))
  const ranks = pairs.filter(({ relation }) => relation.kind === 'ranks-of-one-job')
  const runs = pairs.filter(({ relation }) => relation.kind === 'two-runs')
  const [run] = runs
  return [...(ranks.length === 0 ? [] : [ranksOf(ranks, sources)]), ...(run === undefined ? [] : [shiftOf(run)])]
}

function ranksOf(pairs: readonly CapturePair[], sources: readonly JoinSource[]): MixAnswer {
  const members = sources.filter((source) => pairs.some(({ left, right }) => left === source || right === source))
  const isCompared = pairs.some(({ offset }) => offset !== undefined)
  const reason = isCompared
    ? 'their collectives end together, so that arrivals compare'
    : 'ranks of one job, but which collective is which is not sure'
  return answer('ranks', isCompared ? 'yes' : 'unknown', reason, members, `sextant decode-budget ${named(...members)}`)
}

function shiftOf({ left, right, kernels }: CapturePair): MixAnswer {
  const reason = `${formatRatio(kernels?.matchedRatio)} of one side’s kernels are in the other; that both ran the same load they do not say`
  return answer('what-shifted', 'unknown', reason, [left, right], `sextant decode-budget ${named(right)} --against ${named(left)}`)
}

/** A client’s figures are of its own window: only times that both state tell whether it is that of the timeline. */
function stepAndClient(timeline: JoinSource, client: JoinSource): MixAnswer {
  const files = [timeline, client]
  const window = clientWindow(client)
  const { span, capture } = timeline
  const command = `sextant decode-budget ${named(timeline)} --tpot-ms TPOT`
  if (window === undefined || span === undefined || capture.clock.epoch !== 'utc')
    return answer(
      'step-and-client',
      'unknown',
      'not both say when they ran: that the client’s window holds the timeline’s is yours to know',
      files,
      command,
    )
  const fromNs = BigInt(capture.clock.originNs) + BigInt(Math.round(span.firstNs))
  const toNs = BigInt(capture.clock.originNs) + BigInt(Math.round(span.lastNs))
  if (fromNs > window.toNs || toNs < window.fromNs) {
    const apart = Number(fromNs > window.toNs ? fromNs - window.toNs : window.fromNs - toNs)
    return answer('step-and-client', 'no', `the timeline and the client’s window lie ${formatDuration(apart)} apart`, files)
  }
  return answer('step-and-client', 'yes', 'the client’s window holds the timeline, by their clocks', files, command)
}

function clientWindow({ capture }: JoinSource): { readonly fromNs: bigint; readonly toNs: bigint } | undefined {
  const starts: bigint[] = []
  const ends: bigint[] = []
  for (const { startedAt, endedAt, durationNs } of capture.benchResult?.cells ?? []) {
    if (startedAt?.epochNs === undefined) continue
    const start = BigInt(startedAt.epochNs)
    starts.push(start)
    if (endedAt?.epochNs !== undefined) ends.push(BigInt(endedAt.epochNs))
    else if (durationNs !== undefined) ends.push(start + BigInt(Math.round(durationNs)))
  }
  const [first, ...restStarts] = starts
  const [last, ...restEnds] = ends
  if (first === undefined || last === undefined) return undefined
  return {
    fromNs: restStarts.reduce((least, each) => (each < least ? each : least), first),
    toNs: restEnds.reduce((most, each) => (each > most ? each : most), last),
  }
}

function utilisation(timeline: JoinSource, endpoint: JoinSource): MixAnswer {
  const { devices } = relateCaptures(timeline, endpoint)
  const files = [timeline, endpoint]
  if (endpoint.devices.length === 0) return answer('utilisation', 'no', 'the dump holds metrics of an engine, none of a device', files)
  if (devices.matched.length > 0) {
    const reason = `${devices.matched.length} of its devices by UUID or address; a dump is one moment, so that only a dump after the run tells what happened in it`
    return answer('utilisation', 'unknown', reason, files, `sextant metrics ${named(endpoint)}`)
  }
  return answer('utilisation', 'no', devices.reasons.join('; '), files)
}

/** Two dumps of one endpoint hold the same devices or the same engines; which came first nobody but their owner knows. */
function dumps(sources: readonly JoinSource[]): MixAnswer[] {
  const [first, second] = sources
  if (first === undefined || second === undefined) return []
  const [a, b] = [namesOf(first), namesOf(second)]
  const isOne = a.length > 0 && a.join('\n') === b.join('\n')
  const files = [first, second]
  if (!isOne) return [answer('during-the-run', 'unknown', 'the two dumps are not of one set of metrics', files)]
  return [
    answer(
      'during-the-run',
      'unknown',
      'one set of metrics twice; give the earlier one first',
      files,
      `sextant metrics ${named(first)} --post ${named(second)}`,
    ),
  ]
}

const namesOf = ({ capture }: JoinSource): string[] => [...(capture.metricSamples?.names ?? [])].sort()
