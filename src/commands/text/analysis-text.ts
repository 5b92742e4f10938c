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

function gateLines({ gates }: AnalyzedFile): string[] {
  const head = `gates: ${gates.passed} pass, ${gates.failed.length} fail, ${gates.cannotTell.length} cannot tell`
  return [
    head,
    ...gates.failed.flatMap(({ id, reason, fix }) => [`FAIL ${id}: ${reason ?? ''}`, ...(fix === undefined ? [] : [`     fix: ${fix}`])]),
  ]
}

function fileText(file: AnalyzedFile, rows: number): string {
  const known = file.devices.slice(0, rows).flatMap((device) => deviceLines(device, file))
  if (file.devices.length > rows) known.push(`… and ${formatCount(file.devices.length - rows)} more devices (--limit 0 shows all)`)
  known.push(...familyLine(file), ...budgetLine(file))
  const open = file.questions
    .filter(({ answerable }) => answerable !== 'yes')
    .map(({ asks, answerable, reason }) => `${answerable === 'no' ? 'not answered' : 'uncertain'}: ${asks} (${reason})`)
  const lever = file.lever === undefined ? [] : nextLines(file.lever)
  return [
    `${oneLine(file.source.path)}: ${file.title}\n`,
    section('Known', known),
    section('Trust', gateLines(file)),
    section('Not known from this file', open),
    section('Lost in reading', lossLines(file.losses)),
    section('Next', [`${file.next.do} (${file.next.question}: ${file.next.reason})`, ...lever]),
  ].join('')
}

export function analysisText({ files, refused }: Analysis, { rows }: TableSize): string {
  const texts = files.map((file) => fileText(file, rows))
  // Files of one kind fail with one hint: said once, below them.
  const failures = refused.flatMap(({ path, error }, index) => {
    const isLast = refused[index + 1]?.error.hint !== error.hint
    const named = error.message.includes(path) ? error.message : `${path}: ${error.message}`
    return [`${named} (${error.code})`, ...(isLast ? [`  ${error.hint}`] : [])]
  })
  return [texts.join('\n'), section(`Not read (${formatCount(refused.length)})`, failures)].join('')
}
