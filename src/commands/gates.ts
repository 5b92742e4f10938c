import * as z from 'zod'
import { formatCount } from '#base/units.ts'
import { type GatesReport, gatesSchema } from '#formats/gates.ts'
import { ask } from '#pipeline/ask.ts'
import { gatesQuestion } from '#pipeline/questions.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'

const mark = { pass: 'ok  ', fail: 'FAIL', 'cannot-tell': '?   ' } as const

function gateLines({ gates }: GatesReport): string {
  return gates
    .map(({ id, title, outcome, reason, fix, evidence }) => {
      const lines = [`${mark[outcome]}  ${id}: ${outcome === 'fail' ? reason : title}`]
      if (outcome === 'cannot-tell' && reason !== undefined) lines.push(`      cannot tell: ${reason}`)
      if (outcome === 'fail') for (const text of evidence ?? []) lines.push(`      evidence: ${text}`)
      if (outcome === 'fail' && fix !== undefined) lines.push(`      fix: ${fix}`)
      return lines.join('\n')
    })
    .join('\n')
}

export const command = defineCommand({
  name: 'gates',
  summary: 'Ask a capture whether it proves anything: every capture gate with its fix, and what the capture can answer',
  effect: 'read_only',
  positional: ['file'],
  input: z.object({
    file: z.string().describe('Capture: nsys SQLite export, parquetdir, nsys stats output or PyTorch trace'),
    decode: z.boolean().default(false).describe('Also ask the gates of a decode capture (repeating step, no prefill)'),
    concurrency: z.number().int().positive().optional().describe('Declared load: concurrent requests'),
    durationS: z.number().positive().optional().describe('Declared load: seconds that the window should hold'),
    requests: z.number().int().positive().optional().describe('Declared load: requests in the window'),
    cache: cacheInput,
  }),
  output: gatesSchema,
  examples: [
    { title: 'may anything be concluded from this capture?', args: ['examples/decode-host-bound/glm51-decode-c1.sqlite', '--decode'] },
  ],
  async run(context, input) {
    const { concurrency, durationS, requests } = input
    const question = gatesQuestion(input.decode ? 'decode' : 'any', {
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(durationS === undefined ? {} : { durationS }),
      ...(requests === undefined ? {} : { requests }),
    })
    const { value, sources } = await ask(askContext(context, input.cache), [context.path(input.file)], question)
    return { ...value, sources }
  },
  render(report) {
    const { passed, failed, cannotTell, questions } = report
    const answers = questions.map(({ asks, answerable, reason, nextCapture }) => {
      const next = nextCapture === undefined || answerable === 'yes' ? '' : `\n      capture next: ${nextCapture}`
      return `${answerable.padEnd(7)}  ${asks} (${reason})${next}`
    })
    return [
      `${report.sources[0]?.path ?? ''}: ${formatCount(passed)} gates pass, ${formatCount(failed)} fail, ${formatCount(cannotTell)} cannot tell`,
      gateLines(report),
      '\nWhat this capture can answer:',
      ...answers,
      '',
    ].join('\n')
  },
  exitCode: ({ verdict }) => (verdict === 'fail' ? 1 : 0),
})
