/** `analyze` for a person: one paragraph of findings per file, then what it cannot say and what to do next. */
import { formatCount, formatDuration, formatRatio } from '#base/units.ts'
import type { Analysis, AnalyzedFile } from '#formats/analysis.ts'
import { lossLines, nextLines, partOf, section } from './account.ts'
import type { TableSize } from './timeline-text.ts'

/** A reader takes in about this many families at a glance; `kernels --by family` has all. */
const SHOWN_FAMILIES = 5

function deviceLine(device: AnalyzedFile['devices'][number], file: AnalyzedFile): string {
  const { spanNs, busyNs, idleNs, kernels, communicationExposedNs, copyExposedNs, mainIdleCause } = device
  const parts = [`busy ${partOf(busyNs, spanNs)}`]
  if (communicationExposedNs > 0) parts.push(`of which communication exposed ${partOf(communicationExposedNs, spanNs)}`)
  if (copyExposedNs > 0) parts.push(`copies exposed ${partOf(copyExposedNs, spanNs)}`)
  const cause = mainIdleCause === undefined ? '' : `, mostly ${mainIdleCause}`
  const claim = file.idleClaimable === 'yes' ? '' : file.idleClaimable === 'no' ? ' (idle cannot be claimed)' : ' (idle uncertain)'
  return `device ${device.device}${device.name === undefined ? '' : ` ${device.name}`}: ${formatCount(kernels)} kernels in ${formatDuration(spanNs)}; ${parts.join(', ')}; idle ${partOf(idleNs, spanNs)}${cause}${claim}`
}

function familyLine({ kernelTime }: AnalyzedFile): string[] {
  if (kernelTime === undefined || kernelTime.count === 0) return []
  const shown = kernelTime.families.slice(0, SHOWN_FAMILIES).map(({ family, shareRatio }) => `${family} ${formatRatio(shareRatio)}`)
  const more = kernelTime.families.length > SHOWN_FAMILIES ? `, and ${kernelTime.families.length - SHOWN_FAMILIES} more` : ''
  return [`kernel time ${formatDuration(kernelTime.totalNs)}: ${shown.join(', ')}${more}`]
}

function budgetLine({ budget }: AnalyzedFile): string[] {
  if (budget === undefined) return []
  if (budget.class === 'unknown') return [`decode step: unknown, ${budget.reason ?? 'no reason given'}`]
  return [
    `decode step: ${budget.class}${budget.medianStepNs === undefined ? '' : `, ${formatDuration(budget.medianStepNs)} per step (median)`}`,
  ]
}

function gateLines({ gates }: AnalyzedFile): string[] {
  const head = `gates: ${gates.passed} pass, ${gates.failed.length} fail, ${gates.cannotTell.length} cannot tell`
  return [
    head,
    ...gates.failed.flatMap(({ id, reason, fix }) => [`FAIL ${id}: ${reason ?? ''}`, ...(fix === undefined ? [] : [`     fix: ${fix}`])]),
  ]
}

function fileText(file: AnalyzedFile, rows: number): string {
  const known = [...file.devices.slice(0, rows).map((device) => deviceLine(device, file)), ...familyLine(file), ...budgetLine(file)]
  if (file.devices.length > rows) known.push(`… and ${file.devices.length - rows} more devices (--limit 0 shows all)`)
  const open = file.questions
    .filter(({ answerable }) => answerable !== 'yes')
    .map(({ asks, answerable, reason }) => `${answerable === 'no' ? 'not answered' : 'uncertain'}: ${asks} (${reason})`)
  const lever = file.lever === undefined ? [] : nextLines(file.lever)
  return [
    `${file.source.path}: ${file.title}\n`,
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
    return [`${path}: ${error.message} (${error.code})`, ...(isLast ? [`  ${error.hint}`] : [])]
  })
  return [texts.join('\n'), section(`Not read (${formatCount(refused.length)})`, failures)].join('')
}
