/** `join` for a person: what each capture knows, then every two of them. */

import { levelWords } from '#analysis/joins/level-words.ts'
import { formatCount, formatDuration, formatRatio } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { JoinedCapture, JoinPair, JoinReport, JoinSide } from '#formats/join.ts'
import { oneLine, section } from './account.ts'
import { type Column, table } from './table.ts'

const right = (title: string): Column => ({ title, align: 'right' })

const relationWords: Readonly<Record<JoinPair['relation']['kind'], string>> = {
  'one-recording': 'one recording',
  'one-process': 'one process, recorded twice at one time',
  'ranks-of-one-job': 'ranks of one job',
  'two-runs': 'two runs with kernels in common',
  'little-in-common': 'little in common',
  unrelated: 'nothing in common',
  unknown: 'how they relate is not known',
}

function captureLine({ source, kind, kernels, devices, rank, worldSize, time }: JoinedCapture): string[] {
  const known = [kind]
  if (kernels !== undefined) {
    const what = kernels.timeNs === undefined ? '' : `, ${formatDuration(kernels.timeNs)}`
    const names = kernels.names.length === 0 ? 'bare names only' : `knows ${kernels.names.join(', ')}`
    known.push(`${formatCount(kernels.rows)} ${kernels.counts} of kernels${what} (${names})`)
  }
  if (devices.length > 0) known.push(devicesText(devices))
  if (rank !== undefined) known.push(`rank ${rank}${worldSize === undefined ? '' : ` of ${worldSize}`}`)
  known.push(time.epoch === 'utc' ? 'UTC start known' : 'start not known')
  return [`${oneLine(source.path)}: ${known.join('; ')}`]
}

function devicesText(devices: JoinedCapture['devices']): string {
  const ids = (['uuid', 'pciAddress', 'host'] as const).filter((field) => devices.some((device) => device[field] !== undefined))
  const words = { uuid: 'UUID', pciAddress: 'PCI address', host: 'host' }
  const names = [...new Set(devices.flatMap(({ name }) => name ?? []))].join(', ')
  const told = ids.length === 0 ? 'by ordinal only' : `by ${ids.map((id) => words[id]).join(', ')}`
  return `${formatCount(devices.length)} device${devices.length === 1 ? '' : 's'}${names === '' ? '' : ` ${names}`} told ${told}`
}

function sideCells(name: string, side: JoinSide): string[] {
  const share = (amount: JoinSide['total']): string => {
    const [part, whole] = side.total.timeNs === undefined ? [amount.rows, side.total.rows] : [amount.timeNs ?? 0, side.total.timeNs]
    return whole === 0 ? '' : formatRatio(part / whole)
  }
  const total = side.total.timeNs === undefined ? `${formatCount(side.total.rows)} ${side.counts}` : formatDuration(side.total.timeNs)
  return [total, share(side.matched), share(side.ambiguous), share(side.unmatched), share(side.carried), name]
}

function kernelTable({ left, right: other, kernels, matches, omittedMatches }: JoinPair, { width, rows }: RenderOptions): string {
  if (kernels === undefined) return ''
  const columns = [
    right('total'),
    right('matched'),
    right('ambiguous'),
    right('unmatched'),
    right('same shape'),
    { title: 'kernels of', shrinks: true },
  ]
  const sides = table(columns, [sideCells(left, kernels.left), sideCells(other, kernels.right)], { width, indent: '  ' })
  if (matches === undefined || matches.length === 0) return `\n${sides}`
  const cells = matches.map((match) => [
    match.state === 'ambiguous' ? 'ambiguous' : 'matched',
    levelWords[match.level],
    amountText(match.leftNs, match.leftRows, kernels.left),
    amountText(match.rightNs, match.rightRows, kernels.right),
    namesText(match.left),
  ])
  const list = table(
    [{ title: 'state' }, { title: 'by', shrinks: false, drops: 1 }, right('left'), right('right'), { title: 'kernel', shrinks: true }],
    cells,
    { width, rows, omitted: omittedMatches ?? 0, indent: '  ' },
  )
  return `\n${sides}\n${list}`
}

const amountText = (ns: number | undefined, rows: number, { counts }: JoinSide): string =>
  ns === undefined ? `${formatCount(rows)} ${counts}` : formatDuration(ns)

const namesText = (names: readonly string[]): string => `${names[0] ?? ''}${names.length > 1 ? ` and ${names.length - 1} more` : ''}`

function familyTables({ perStep, shares }: JoinPair, { width, rows }: RenderOptions): string {
  const steps =
    perStep === undefined
      ? ''
      : `\n  Kernel time per step\n${table(
          [right('left'), right('right'), { title: 'family', shrinks: true }],
          perStep.map(({ family, leftNs, rightNs }) => [formatDuration(leftNs), formatDuration(rightNs), family]),
          { width, rows, indent: '  ' },
        )}`
  if (shares === undefined || perStep !== undefined) return steps
  const cells = shares.map(({ family, leftRatio, rightRatio }) => [formatRatio(leftRatio), formatRatio(rightRatio), family])
  return `\n  Shares by family\n${table([right('left'), right('right'), { title: 'family', shrinks: true }], cells, { width, rows, indent: '  ' })}`
}

function pairText(pair: JoinPair, options: RenderOptions): string {
  const { relation, answers, context } = pair
  const joined = answers.filter(({ state }) => state === 'joined').map(({ asks, by, reason }) => `${asks} By ${by}: ${reason}`)
  const refused = answers
    .filter(({ state }) => state === 'refused')
    .flatMap(({ asks, reason, settledBy }) => [`${asks} ${reason}`, `  settled by: ${settledBy ?? ''}`])
  const differing = context.differences.length === 0 ? [] : [`differ in ${context.differences.join('; ')}: their figures do not compare`]
  const missing = context.missing.length === 0 ? [] : [`not said by both: ${context.missing.join(', ')}`]
  return [
    `\n${oneLine(pair.left)} and ${oneLine(pair.right)}: ${relationWords[relation.kind]} (${relation.why})\n`,
    kernelTable(pair, options),
    section(
      '  Joined',
      joined.map((line) => `  ${line}`),
    ),
    section(
      '  Refused',
      refused.map((line) => `  ${line}`),
    ),
    relation.kind === 'one-recording'
      ? ''
      : section(
          '  Conditions',
          [...differing, ...missing].map((line) => `  ${line}`),
        ),
    familyTables(pair, options),
  ].join('')
}

export function joinText({ captures, pairs }: JoinReport, options: RenderOptions): string {
  return [...captures.flatMap(captureLine).map((line) => `${line}\n`), ...pairs.map((pair) => pairText(pair, options))].join('')
}
