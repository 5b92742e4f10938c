/** `decode-budget` for a person: the step as a bar of parts, the verdict with its margin, and what is not known. */
import { formatCount, formatDuration, formatRatio, significant } from '#base/units.ts'
import type { BudgetDevice, DecodeBudget, Spread } from '#formats/decode-budget.ts'
import { familyWords, nextLines, oneLine, section, sourceNames, stepPartWords } from './account.ts'
import { budgetShiftText } from './shift-text.ts'
import { table } from './table.ts'
import type { TableSize } from './timeline-text.ts'

function spreadCells(spread: Spread, cadence: Spread): string[] {
  const share = cadence.meanNs > 0 ? spread.meanNs / cadence.meanNs : 0
  const { medianNs, p25Ns, p75Ns, p99Ns, meanNs } = spread
  return [
    formatRatio(share),
    formatDuration(medianNs),
    `${formatDuration(p25Ns)} to ${formatDuration(p75Ns)}`,
    formatDuration(p99Ns),
    formatDuration(meanNs),
    '#'.repeat(Math.round(share * 30)),
  ]
}

function partTable({ parts, cadenceNs, busyNs }: BudgetDevice, size: TableSize): string {
  if (parts === undefined || cadenceNs === undefined) return ''
  const rows = stepPartWords.flatMap(([key, words]) => (parts[key].p99Ns > 0 ? [[words, ...spreadCells(parts[key], cadenceNs)]] : []))
  rows.push(['step (cadence)', ...spreadCells(cadenceNs, cadenceNs).slice(0, 5), ''])
  if (busyNs !== undefined) rows.push(['of which GPU busy', ...spreadCells(busyNs, cadenceNs).slice(0, 5), ''])
  const right = (title: string) => ({ title, align: 'right' as const })
  return table(
    [
      { title: 'part of a step', shrinks: true },
      right('share'),
      right('median'),
      { ...right('quartiles'), drops: 3 },
      right('p99'),
      { ...right('mean'), drops: 2 },
      { title: '', drops: 1 },
    ],
    rows,
    { width: size.width, indent: '  ' },
  )
}

function title({ device, name, uuid, rank, processes }: BudgetDevice, file: string | undefined): string {
  const pids = processes.filter((pid) => pid >= 0)
  const words = [
    name,
    uuid,
    rank === undefined ? undefined : `rank ${rank}`,
    file,
    pids.length === 0 ? undefined : `process ${pids.join(', ')}`,
  ].filter((word) => word !== undefined)
  return oneLine(`Device ${device}${words.length === 0 ? '' : `: ${words.join(', ')}`}`)
}

function verdictLines({ verdict, communication, distortedBusyRatio }: BudgetDevice): string[] {
  if (verdict === undefined) return []
  const { class: found, largest, second, marginRatio, atMostRatio, speedupCeiling, isSuspect } = verdict
  const lines = [
    `${found}: ${largest} leads ${second} by ${significant(marginRatio * 100)} points; its lever can win at most ${formatRatio(atMostRatio)} of the step (${significant(speedupCeiling)}x)`,
  ]
  if (isSuspect) lines.push('SUSPECT: the cadence does not reconcile with the driver’s TPOT; mend the capture before the deployment')
  if (communication !== undefined && communication.unionNs.meanNs > 0) {
    lines.push(
      `communication: ${formatRatio(communication.ofBusyRatio)} of busy time, ${formatRatio(communication.exposedRatio)} of the step exposed`,
    )
  }
  if (communication?.disagreement !== undefined) lines.push(communication.disagreement)
  if (distortedBusyRatio !== undefined) {
    lines.push(`the trace reads ${formatRatio(distortedBusyRatio)} busy; the profiler’s overhead distorts that: trust the host gap`)
  }
  return lines
}

function stepLines({ steps, reconciliation, window }: BudgetDevice): string[] {
  if (steps === undefined) return []
  const { count, cadences, source, phases, dropped, measuredPhase } = steps
  const phaseWords = phases.map((each) => `${formatCount(each.count)} ${each.phase}${each.inferred ? ' (inferred)' : ''}`).join(', ')
  const lines = [
    `${formatCount(count)} steps from ${source === 'annotations' ? 'engine annotations' : 'what repeats'} (${phaseWords}); ${formatCount(cadences)} ${measuredPhase === 'unknown' ? '' : `${measuredPhase} `}steps measured`,
  ]
  if (window !== undefined) {
    lines.push(`window ${formatDuration(window.toNs - window.fromNs)} of a span of ${formatDuration(window.wholeSpanNs)}`)
  }
  const reasons = new Map<string, number>()
  for (const { reason } of dropped) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  for (const [reason, times] of reasons) lines.push(`left out: ${formatCount(times)} × ${reason}`)
  if (reconciliation !== undefined) {
    const { driverTpotNs, cadencePerTokenNs, ratio, tokensPerStep, tokensPerStepFrom, toleranceRatio, reconciled } = reconciliation
    lines.push(
      `${formatDuration(cadencePerTokenNs)} per token at ${significant(tokensPerStep)} tokens per step (${tokensPerStepFrom}) against the driver’s ${formatDuration(driverTpotNs)}: ratio ${ratio.toFixed(3)}, ${reconciled ? 'reconciled' : 'NOT reconciled'} (tolerance ${formatRatio(toleranceRatio)})`,
    )
  }
  return lines
}

function familyLines({ families }: BudgetDevice, rows: number): string[] {
  return (families ?? [])
    .slice(0, Math.min(rows, 8))
    .map(
      ({ family, medianNs, ofKernelsRatio }) =>
        `${formatDuration(medianNs).padStart(9)}  ${formatRatio(ofKernelsRatio).padStart(6)}  ${familyWords(family)}`,
    )
}

function deviceText(device: BudgetDevice, file: string | undefined, size: TableSize): string {
  const { families } = device
  const more = (families?.length ?? 0) > 8 ? [`… and ${(families?.length ?? 0) - 8} more`] : []
  return [
    `\n${title(device, file)}\n`,
    ...[...verdictLines(device), ...stepLines(device)].map((line) => `  ${oneLine(line)}\n`),
    device.state === 'unknown' ? '  unknown: see below\n' : partTable(device, size),
    section('  Kernel time per step by family (median, share)', [...familyLines(device, size.rows), ...more]),
  ].join('')
}

/** A member whose capture does not say its rank: by the file it came from, where there are several. */
function memberName(index: number, devices: readonly BudgetDevice[], sources: DecodeBudget['sources']): string {
  const device = devices[index]
  const file = sources.length > 1 ? `${sources[device?.capture ?? -1]?.path ?? ''}, ` : ''
  return `${file}device ${device?.device ?? index}`
}

function rankText({ ranks, devices, sources }: DecodeBudget): string {
  if (ranks === undefined) return ''
  const { collectives, medianFloorNs, medianSkewNs, floorNs, skewNs, matchedBy, straggler, members } = ranks
  const { excludedAsStartSkew, excludedAsStalls = 0 } = ranks
  const name = (member: { device: number; rank?: number }) =>
    member.rank === undefined ? memberName(member.device, devices, sources) : `rank ${member.rank}`
  const lines = [
    `${formatCount(collectives)} collectives matched by ${matchedBy}: floor ${formatDuration(floorNs)} in all (median ${formatDuration(medianFloorNs)}), skew ${formatDuration(skewNs)} (median ${formatDuration(medianSkewNs)})`,
    ...members.map(
      (member) => `${name(member)}: last at ${formatRatio(member.lateRatio)} of collectives, waited ${formatDuration(member.waitedNs)}`,
    ),
  ]
  lines.push(
    straggler === undefined
      ? 'no rank is late often enough to be called the straggler'
      : `straggler: ${name(straggler)}, which ${formatRatio(straggler.ofWaitRatio)} of the waiting is for`,
  )
  const left = [
    ...(excludedAsStartSkew === 0 ? [] : [`${formatCount(excludedAsStartSkew)} at the start`]),
    ...(excludedAsStalls === 0 ? [] : [`${formatCount(excludedAsStalls)} later pauses`]),
  ]
  if (left.length > 0) lines.push(`left out, longer than 20 medians: ${left.join(', ')}`)
  return section('Ranks', lines)
}

/** What several devices lack for one reason is said once. */
function unknownLines(unknowns: DecodeBudget['unknowns'], devices: readonly BudgetDevice[]): string[] {
  const where = new Map<string, string[]>()
  for (const { code, device, reason, settledBy } of unknowns) {
    const line = `${code}: ${reason}. Settled by: ${settledBy}`
    const name = device === undefined || devices.length < 2 ? [] : [`${devices[device]?.device ?? device}`]
    where.set(line, [...(where.get(line) ?? []), ...name])
  }
  return [...where].map(([line, names]) => `${names.length === 0 ? '' : `device ${names.join(', ')}: `}${line}`)
}

/** What was measured: decode only where it is known to be. */
function subject(devices: readonly BudgetDevice[]): string {
  const phases = new Set(devices.flatMap(({ steps }) => (steps === undefined ? [] : [steps.measuredPhase])))
  const [phase] = phases
  return phases.size === 1 && phase !== undefined && phase !== 'unknown' ? `${phase} is` : 'what repeats (not known to be decode) is'
}

/** How it was measured on a live engine, before what was found. */
function liveLines({ live }: DecodeBudget): string[] {
  if (live === undefined) return []
  const { engine, engineVersion, model, backEnd, clean, window, refusals, traces } = live
  const what = `${engine}${engineVersion === undefined ? '' : ` ${engineVersion}`}${model === undefined ? '' : ` serving ${model}`}`
  const tpot = clean.tpotNs === undefined ? '' : `, TPOT ${formatDuration(clean.tpotNs)} (median)`
  const lines = [
    `${what}; ${formatCount(clean.rounds)} clean ${clean.rounds === 1 ? 'round' : 'rounds'} of ${formatCount(clean.outputTokens)} tokens${tpot}`,
  ]
  if (window !== undefined) {
    const { durationNs, tokens, tpotNs, slowdownRatio, tokensPerStep, agreementRatio, foreignTokens } = window
    const slowdown = slowdownRatio === undefined ? '' : `, ${slowdownRatio.toFixed(3)} of the clean rounds’`
    const per = tpotNs === undefined ? '' : `, ${formatDuration(tpotNs)} per token${slowdown}`
    const steps = tokensPerStep === undefined ? '' : `, ${significant(tokensPerStep)} tokens per event`
    lines.push(`${backEnd} window of ${formatDuration(durationNs)}: ${formatCount(Math.round(tokens))} tokens${per}${steps}`)
    if (agreementRatio !== undefined)
      lines.push(`the trace’s step per token is ${agreementRatio.toFixed(3)} of what the client saw in the window`)
    if (foreignTokens !== undefined)
      lines.push(`tokens that the engine counted and others got: ${formatCount(Math.max(0, Math.round(foreignTokens)))}`)
  }
  if (traces.length > 0) lines.push(`new traces: ${traces.join(', ')}`)
  return [...lines, ...refusals.map(({ code, reason, fix }) => `REFUSED ${code}: ${reason}. ${fix}`)]
}

export function decodeBudgetText(budget: DecodeBudget, size: TableSize): string {
  const { sources, overall, devices, unknowns, next } = budget
  const share = overall.marginRatio === undefined ? '' : ` (margin ${significant(overall.marginRatio * 100)} points)`
  const isSuspect = devices.some(({ verdict }) => verdict?.isSuspect === true)
  const found = overall.class === 'unknown' ? 'no decode budget can be claimed' : `${subject(devices)} ${overall.class}${share}`
  return [
    `${sources.length === 0 ? 'Live engine' : sourceNames(sources)}: ${isSuspect ? 'SUSPECT, does not reconcile with the driver: ' : ''}${found}\n`,
    section('Measured live', liveLines(budget)),
    ...devices.map((device) => deviceText(device, sources.length > 1 ? sources[device.capture]?.path : undefined, size)),
    rankText(budget),
    budgetShiftText(budget.against, size),
    section('Not known', budget.live?.state === 'refused' ? [] : unknownLines(unknowns, devices)),
    `\n${nextLines(next).join('\n')}\n`,
  ].join('')
}
