/** `analyze` for a person: one paragraph of findings per file, then what it cannot say and what to do next. */
import { formatCount, formatDuration, formatRatio } from '#base/units.ts'
import type { Analysis, AnalyzedFile } from '#formats/analysis.ts'
import { familyWords, idleCauseWords, lossLines, nextLines, oneLine, partOf, section } from './account.ts'
import type { TableSize } from './timeline-text.ts'

const causeWords = new Map<string, string>(Object.entries(idleCauseWords))

/** A reader takes in about this many families at a glance; `kernels --by family` has all. */
const SHOWN_FAMILIES = 5

function deviceLines(device: AnalyzedFile['devices'][number], file: AnalyzedFile): string[] {
  const { spanNs, busyNs, idleNs, kernels, communicationExposedNs, copyExposedNs, mainIdleCause } = device
  const exposed: string[] = []
  if (communicationExposedNs > 0) exposed.push(`communication exposed ${partOf(communicationExposedNs, spanNs)}`)
  if (copyExposedNs > 0) exposed.push(`copies exposed ${partOf(copyExposedNs, spanNs)}`)
  const claim = file.idleClaimable === 'yes' ? '' : file.idleClaimable === 'no' ? ' (cannot be claimed)' : ' (uncertain)'
  const cause = mainIdleCause === undefined ? '' : `, mostly ${mainIdleCause} (${causeWords.get(mainIdleCause) ?? 'not known'})`
  return [
    `device ${device.device}${device.name === undefined ? '' : ` ${device.name}`}: ${formatCount(kernels)} kernels in ${formatDuration(spanNs)}`,
    `  busy ${partOf(busyNs, spanNs)}${exposed.length === 0 ? '' : `, of which ${exposed.join(' and ')}`}`,
    `  idle ${partOf(idleNs, spanNs)}${claim}${cause}`,
  ]
}

function familyLine({ kernelTime }: AnalyzedFile): string[] {
  if (kernelTime === undefined || kernelTime.count === 0) return []
  const shown = kernelTime.families
    .slice(0, SHOWN_FAMILIES)
    .map(({ family, shareRatio }) => `${familyWords(family)} ${formatRatio(shareRatio)}`)
  const more = kernelTime.families.length > SHOWN_FAMILIES ? `, and ${kernelTime.families.length - SHOWN_FAMILIES} more` : ''
  return [`kernel time ${formatDuration(kernelTime.totalNs)}: ${shown.join(', ')}${more}`]
}

/** What repeats is called decode only where it is: training loops and solvers repeat as well. */
function stepName(phase: string | undefined): string {
  return phase === undefined || phase === 'unknown' ? 'repeating step (not known to be decode)' : `${phase} step`
}

function budgetLine({ budget }: AnalyzedFile): string[] {
  if (budget === undefined) return []
  const { class: found, reason, medianStepNs, measuredPhase } = budget
  if (found === 'unknown' && medianStepNs === undefined) return [`decode step: unknown, ${reason ?? 'no reason given'}`]
  const cadence = medianStepNs === undefined ? '' : `, ${formatDuration(medianStepNs)} per step (median)`
  return [`${stepName(measuredPhase)}: ${found}${cadence}${reason === undefined ? '' : `, ${reason}`}`]
}

/** Figures of sources that are no timeline. */
function facetLines({ counted, sampled, client, endpoint }: AnalyzedFile): string[] {
  const lines: string[] = []
  if (counted !== undefined) {
    const { launches, kernels, decidable, undecidable } = counted
    lines.push(
      `${formatCount(launches)} launches of ${formatCount(kernels)} kernels with counters; distance to a roof can be decided for ${formatCount(decidable)}`,
    )
    for (const reason of undecidable) lines.push(`not for the others: ${reason}`)
  }
  if (sampled !== undefined) {
    const shown = sampled.families
      .slice(0, SHOWN_FAMILIES)
      .map(({ family, shareRatio }) => `${familyWords(family)} ${formatRatio(shareRatio)}`)
    const what =
      sampled.unit === 'ns'
        ? `${formatDuration(sampled.total)} of kernel time`
        : `${formatCount(sampled.total)} GPU samples${sampled.weak ? ', too few for a decimal' : ''}`
    lines.push(`${what}: ${shown.join(', ')}`)
  }
  if (client !== undefined) {
    const noted =
      client.findings === 0 ? '' : `, ${formatCount(client.findings)} finding${client.findings === 1 ? '' : 's'} about how it was measured`
    lines.push(`${client.tool}: ${formatCount(client.cells)} measured point${client.cells === 1 ? '' : 's'} of load${noted}`)
  }
  if (endpoint !== undefined) {
    const { samples, engines, devices } = endpoint
    lines.push(
      `${formatCount(samples)} samples of ${formatCount(engines)} engine${engines === 1 ? '' : 's'} and ${formatCount(devices)} device${devices === 1 ? '' : 's'}`,
    )
  }
  return lines
}

/** Answered by its own command, or by those that `sextant --help` lists. */
function answeredLines({ questions }: AnalyzedFile): string[] {
  const answered = questions.filter(({ answerable }) => answerable === 'yes').map(({ asks }) => asks)
  return answered.length === 0 ? [] : [answered.join(' ')]
}

/** Questions with one answer for one reason stand on one line. */
function openLines({ questions }: AnalyzedFile): string[] {
  const groups = new Map<string, string[]>()
  for (const { answerable, asks, reason } of questions) {
    if (answerable === 'yes') continue
    const key = `${answerable === 'no' ? 'not answered' : 'uncertain'}\n${reason}`
    groups.set(key, [...(groups.get(key) ?? []), asks])
  }
  return [...groups].map(([key, asked]) => {
    const [state = '', reason = ''] = key.split('\n')
    return `${state}: ${asked.join(' ')} (${reason})`
  })
}

function gateLines({ gates }: AnalyzedFile): string[] {
  const head = `gates: ${gates.passed} pass, ${gates.failed.length} fail, ${gates.cannotTell.length} cannot tell`
  return [
    head,
    ...gates.failed.flatMap(({ id, reason, fix }) => [`FAIL ${id}: ${reason ?? ''}`, ...(fix === undefined ? [] : [`     fix: ${fix}`])]),
  ]
}

/** Capture gates ask of timelines and kernel summaries: of other sources they could only say that they cannot tell. */
const isTimeless = ({ counted, client, endpoint, gates }: AnalyzedFile): boolean =>
  (counted ?? client ?? endpoint) !== undefined && gates.failed.length === 0 && gates.passed === 0

function fileText(file: AnalyzedFile, rows: number): string {
  const known = file.devices.slice(0, rows).flatMap((device) => deviceLines(device, file))
  if (file.devices.length > rows) known.push(`… and ${formatCount(file.devices.length - rows)} more devices (--limit 0 shows all)`)
  known.push(...familyLine(file), ...budgetLine(file), ...facetLines(file))
  const lever = file.lever === undefined ? [] : nextLines(file.lever)
  return [
    `${oneLine(file.source.path)}: ${file.title}\n`,
    section('Known', known),
    isTimeless(file) ? '' : section('Trust', gateLines(file)),
    section('Answers', answeredLines(file)),
    section('Not known from this file', openLines(file)),
    section('Lost in reading', lossLines(file.losses)),
    section('Next', [`${file.next.do} (${file.next.question}: ${file.next.reason})`, ...lever]),
  ].join('')
}

function togetherLines({ together, togetherRefused }: Analysis): string[] {
  if (togetherRefused !== undefined) return [togetherRefused]
  return together.flatMap(({ answerable, asks, reason, files, do: command }) => {
    const state = answerable === 'yes' ? '' : answerable === 'no' ? 'not answered: ' : 'uncertain: '
    return [`${state}${asks} ${files.join(' and ')}: ${reason}`, ...(command === undefined ? [] : [`  ${command}`])]
  })
}

export function analysisText(analysis: Analysis, { rows }: TableSize): string {
  const { files, refused } = analysis
  const texts = files.map((file) => fileText(file, rows))
  // Files of one kind fail with one hint: said once, below them.
  const failures = refused.flatMap(({ path, error }, index) => {
    const isLast = refused[index + 1]?.error.hint !== error.hint
    const named = error.message.includes(path) ? error.message : `${path}: ${error.message}`
    return [`${named} (${error.code})`, ...(isLast ? [`  ${error.hint}`] : [])]
  })
  return [
    texts.join('\n'),
    section('Together', togetherLines(analysis)),
    section(`Not read (${formatCount(refused.length)})`, failures),
  ].join('')
}
