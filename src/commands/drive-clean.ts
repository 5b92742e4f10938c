import * as z from 'zod'
import { formatDuration, significant } from '#base/units.ts'
import { driveCleanSchema } from '#formats/drive-result.ts'
import { rehearseClean, runClean } from '#pipeline/drive/clean-stream.ts'
import { parseEndpoint } from '#sources/driver/endpoint.ts'
import { defineCommand } from './define-command.ts'
import { hostOf, stoppable } from './drive.ts'
import { type Column, table } from './text/table.ts'

const columns: readonly Column[] = [
  { title: 'round', align: 'right' },
  { title: 'ended', shrinks: true },
  { title: 'wall', align: 'right' },
  { title: 'tokens', align: 'right' },
  { title: 'TTFT', align: 'right' },
  { title: 'TPOT', align: 'right' },
  { title: 'gap p50', align: 'right' },
  { title: 'tokens per chunk', align: 'right' },
]

export const command = defineCommand({
  name: 'drive clean',
  summary: 'One stream alone, tiny prompt and long generation: the decode step as a client sees it, round by round',
  effect: 'submits_jobs',
  positional: ['url'],
  input: z.object({
    url: z.string().describe('Server, its /v1, or the whole route: http://127.0.0.1:8000'),
    api: z.enum(['chat', 'completions']).optional().describe('Route to use (default: the one in the URL, else chat)'),
    model: z.string().optional().describe('Model to ask for (default: the one that the server serves)'),
    outputTokens: z.int().min(2).default(512).describe('Tokens of each round; the end of the text is ignored'),
    rounds: z.int().min(1).max(1000).default(3).describe('Measured rounds; all must complete'),
    warmUpRounds: z.int().min(0).max(1000).default(1).describe('Rounds before them'),
    stallTimeoutS: z.number().positive().default(60).describe('To the first event and between two'),
    apiKeyEnv: z.string().optional().describe('Environment variable that holds the key'),
    slowClientMs: z
      .number()
      .min(0)
      .max(50)
      .default(0)
      .describe('Burn this much of every 50 ms in the client: shows what an INVALID run looks like'),
    dryRun: z.boolean().default(false).describe('Say what would be sent, and ask the server nothing'),
  }),
  output: driveCleanSchema,
  examples: [{ title: 'what three rounds of 512 tokens would be sent to', args: ['http://127.0.0.1:8000', '--dry-run'] }],
  reachesOutside: ({ url, api }) => !parseEndpoint(url, api).isLoopback,
  async run(context, { dryRun, rounds, warmUpRounds, api, model, apiKeyEnv, ...rest }) {
    const options = {
      ...rest,
      ...(api === undefined ? {} : { api }),
      ...(model === undefined ? {} : { model }),
      ...(apiKeyEnv === undefined ? {} : { apiKeyEnv }),
    }
    if (dryRun) return rehearseClean(options, warmUpRounds)
    const stopping = stoppable(context)
    try {
      return await runClean({ ...options, rounds, warmUpRounds }, hostOf(stopping.context, {}))
    } finally {
      stopping.release()
    }
  },
  render({ url, model, dryRun, rounds, tpotNs, validity, client, outputTokensAsked, warmUpRounds }, size) {
    if (dryRun)
      return `Would send one stream at a time of ${outputTokensAsked} tokens to ${url}, after ${warmUpRounds} for warming up. Nothing was sent.\n`
    const cells = rounds.map((each) => [
      String(each.round),
      each.outcome,
      formatDuration(each.wallNs),
      each.outputTokens === undefined ? '-' : String(each.outputTokens),
      formatDuration(each.ttftNs),
      formatDuration(each.tpotNs),
      formatDuration(each.contentGapP50Ns),
      each.tokensPerChunk === undefined ? '-' : significant(each.tokensPerChunk),
    ])
    const verdict =
      validity.state === 'invalid' ? 'INVALID' : validity.state === 'valid' ? 'VALID' : 'UNKNOWN whether the client was in the way'
    return [
      `${url}, model ${model ?? 'unknown'}: ${verdict}; TPOT ${formatDuration(tpotNs?.median)} (median of rounds)`,
      ...validity.reasons.map(({ text }) => `  ${text}`),
      `Client: probe lag p50 ${formatDuration(client?.probe?.p50Ns)}, p99 ${formatDuration(client?.probe?.p99Ns)}\n`,
      table(columns, cells, size),
    ].join('\n')
  },
  exitCode: ({ validity, dryRun }) => (!dryRun && validity.state === 'invalid' ? 1 : 0),
})
