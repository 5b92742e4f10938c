/** `sextant drive` for a person: the verdict, a row per cell, how late the client was, what must be known, where the files are. */
import { formatCount, formatDuration, formatRatio, significant } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { Drive, DriveCell, DrivePlan } from '#formats/drive-result.ts'
import { type Column, table } from './table.ts'

type Key = 'p50Ns' | 'p95Ns' | 'p99Ns'

function latency(cell: DriveCell, quantity: string, definition: string, key: Key): string {
  const found = cell.latencies.find((each) => each.quantity === quantity && each.definition === definition)
  if (found === undefined) return '-'
  const text = formatDuration(found[key])
  return found.notEstimable.includes(key.slice(0, -2)) ? `(${text})` : text
}

function rate(cell: DriveCell, quantity: string, per = 'deployment'): string {
  const found = cell.rates.find((each) => each.quantity === quantity && each.per === per)
  return found === undefined ? '-' : significant(found.perSecond)
}

const columns: readonly Column[] = [
  { title: 'cell', shrinks: true },
  { title: '' },
  { title: 'done', align: 'right' },
  { title: 'failed', align: 'right' },
  { title: 'out tok/s', align: 'right' },
  { title: 'tok/s/user', align: 'right', drops: 1 },
  { title: 'TTFT p50', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'gap p50', align: 'right', drops: 2 },
  { title: 'p99', align: 'right', drops: 2 },
  { title: 'TPOT p50', align: 'right' },
  { title: 'E2E p50', align: 'right' },
  { title: 'p99', align: 'right' },
]

function row(cell: DriveCell): string[] {
  const isOpen = cell.arrivals.kind !== 'closed'
  const [first, whole] = isOpen ? ['ttft-with-queue', 'e2el-with-queue'] : ['ttft', 'e2el']
  return [
    cell.id,
    cell.validity.state === 'invalid' ? 'INVALID' : cell.validity.state,
    formatCount(cell.completed),
    formatCount(cell.failed),
    rate(cell, 'output-tokens'),
    rate(cell, 'output-tokens', 'user'),
    latency(cell, first, 'first-content', 'p50Ns'),
    latency(cell, first, 'first-content', 'p99Ns'),
    latency(cell, 'itl', 'content-gap', 'p50Ns'),
    latency(cell, 'itl', 'content-gap', 'p99Ns'),
    latency(cell, 'tpot', 'request-mean-without-first', 'p50Ns'),
    latency(cell, whole, 'until-last-content', 'p50Ns'),
    latency(cell, whole, 'until-last-content', 'p99Ns'),
  ]
}

const clientColumns: readonly Column[] = [
  { title: 'client' },
  { title: 'probe lag p50', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'wait bound p50', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'late sending p99', align: 'right' },
  { title: 'CPU per event', align: 'right' },
]

function clientRow({ id, client, latencies }: DriveCell): string[] {
  const delay = latencies.find(({ quantity }) => quantity === 'schedule-delay')
  return [
    id,
    formatDuration(client.probe?.p50Ns),
    formatDuration(client.probe?.p99Ns),
    formatDuration(client.loopWait?.p50Ns),
    formatDuration(client.loopWait?.p99Ns),
    formatDuration(delay?.p99Ns),
    formatDuration(client.cpuNsPerEvent),
  ]
}

function notes(cell: DriveCell): string[] {
  const outcomes = Object.entries(cell.outcomes).filter(([name]) => name !== 'completed')
  return [
    ...cell.validity.reasons.map(({ text }) => `  ${cell.id}: ${cell.validity.state === 'invalid' ? 'INVALID' : 'unknown'}: ${text}`),
    ...(outcomes.length === 0 ? [] : [`  ${cell.id}: failed: ${outcomes.map(([name, count]) => `${count} ${name}`).join(', ')}`]),
    ...cell.failures
      .filter(({ text }) => text !== '')
      .slice(0, 3)
      .map(({ outcome, text, count }) => `  ${cell.id}: ${count} x ${outcome}: ${text}`),
    ...(cell.good === undefined
      ? []
      : [
          `  ${cell.id}: goodput: ${cell.good.requests} of ${cell.completed} within the limits (${formatRatio(cell.completed === 0 ? undefined : cell.good.requests / cell.completed)})`,
        ]),
    ...cell.marks.map(({ text }) => `  ${cell.id}: ${text}`),
  ]
}

function promptsText({ prompts, salt, ignoreEos }: DrivePlan): string {
  const what =
    prompts.kind === 'random'
      ? `random words, ${prompts.inputTokensAsked ?? '?'} tokens in${prompts.sharedPrefixTokens === undefined ? '' : ` (${prompts.sharedPrefixTokens} shared by ${prompts.prefixes} groups)`}, ${prompts.outputTokensAsked ?? '?'} out, spread ${prompts.spread ?? 0}, seed ${prompts.seed ?? '?'}`
      : `${prompts.conversationNum ?? '?'} conversations of ${prompts.dataset ?? 'a recording'}${prompts.multiTurn === true ? ', turn by turn' : ', first turns'}`
  return `${what}; salt ${salt === '' ? 'none' : salt}${ignoreEos ? '; ignore_eos' : ''}`
}

function planText(plan: DrivePlan): string {
  const ends = [
    plan.requests === undefined ? '' : `${plan.requests} requests`,
    plan.durationS === undefined ? '' : `${plan.durationS} s`,
  ].filter((each) => each !== '')
  return [
    `Would send to ${plan.url}${plan.model === undefined ? '' : `, model ${plan.model}`}`,
    `  cells: ${plan.points.join(', ')}; each ${ends.join(' or ')}, after ${plan.warmUpRequests === undefined ? 'two warm-up requests for each slot' : `${plan.warmUpRequests} warm-up requests`}`,
    `  prompts: ${promptsText(plan)}`,
    `  ${plan.threads} client ${plan.threads === 1 ? 'thread' : 'threads'}, ${plan.retries} retries`,
    'Nothing was sent.\n',
  ].join('\n')
}

const verdicts = {
  valid: 'VALID: the client was not in the way',
  invalid: 'INVALID: these figures are not the server’s alone',
  unknown: 'UNKNOWN whether the client was in the way',
} as const

export function driveText(output: Drive, { width, rows }: RenderOptions): string {
  const { result, written } = output
  if (result === undefined) return planText(output.plan)
  const { cells, validity, plan, missingContext, next } = result
  const tokens = cells.map(
    ({ id, tokens: { inputMean, outputMean } }) =>
      `${id} ${inputMean === undefined ? '?' : significant(inputMean)} in, ${outputMean === undefined ? '?' : significant(outputMean)} out`,
  )
  const weak = cells.some(({ latencies }) => latencies.some(({ notEstimable }) => notEstimable.length > 0))
  const said = cells.flatMap(notes)
  return [
    `${plan.url}, model ${plan.model ?? 'unknown'}: ${verdicts[validity.state]}`,
    `Prompts: ${promptsText(plan)}. Tokens by the server’s count: ${tokens.join('; ')}.\n`,
    table(columns, cells.map(row), { width, rows }),
    table(clientColumns, cells.map(clientRow), { width, rows }),
    ...(weak ? ['In brackets: too few requests for a finite interval of that percentile.'] : []),
    ...(said.length === 0 ? [] : ['Before using them:', ...said]),
    ...(missingContext.length === 0 ? [] : [`Nobody said (--context NAME=VALUE): ${missingContext.join(', ')}`]),
    `Next: ${next.lever}; ${next.expectedUnlock}. Shown by: ${next.gate}.`,
    ...(written.length === 0 ? ['Nothing written: name a folder with --out.'] : [`Written: ${written.map(({ path }) => path).join(', ')}`]),
    '',
  ].join('\n')
}
