import * as z from 'zod'
import { DEFAULT_MAX_ERROR_RATIO } from '#analysis/load/validity.ts'
import { driveSchema } from '#formats/drive-result.ts'
import type { DriveHost, DriveOptions } from '#pipeline/drive/drive-options.ts'
import { rehearse, runDrive } from '#pipeline/drive/run-drive.ts'
import { parseEndpoint } from '#sources/driver/endpoint.ts'
import { type CommandContext, defineCommand } from './define-command.ts'
import { version } from './framework/version.ts'
import { driveText } from './text/drive-text.ts'

const seconds = z.number().positive().max(86_400)

const input = z.object({
  url: z.string().describe('Server, its /v1, or the whole route: http://127.0.0.1:8000'),
  api: z.enum(['chat', 'completions']).optional().describe('Route to use (default: the one in the URL, else chat)'),
  model: z.string().optional().describe('Model to ask for (default: the one that the server serves)'),
  concurrency: z.array(z.int().min(1).max(16_384)).default([]).describe('Closed loop: requests in flight; one cell for each'),
  rate: z.array(z.number().positive()).default([]).describe('Open loop: requests per second whatever is in flight; one cell for each'),
  arrival: z.enum(['poisson', 'constant']).default('poisson').describe('Arrivals of the open loop'),
  maxInFlight: z.int().min(1).default(4096).describe('Open loop: more than this wait in the client, and the cell is marked'),
  requests: z
    .int()
    .min(1)
    .optional()
    .describe('Requests of each cell (conversations where these are replayed); at least twice the concurrency'),
  durationS: seconds
    .optional()
    .describe('Begin no request later than this; with --requests whatever comes first. Default where neither is given: 60'),
  warmUpRequests: z.int().min(0).optional().describe('Before each cell, not counted (default: two for each slot)'),
  rampS: z.number().min(0).default(0).describe('Spread the first requests of a closed loop over this time'),
  dataset: z
    .string()
    .optional()
    .describe('Recorded conversations, ShareGPT or OpenAI messages, JSON lines; without it prompts are random words'),
  multiTurn: z.boolean().default(false).describe('Replay conversations turn by turn, with the recorded answers as history'),
  conversations: z.int().min(1).optional().describe('Take the first so many conversations of the recording (conversation_num)'),
  inputTokens: z.int().min(1).default(512).describe('Mean prompt length to aim at; the result says what the server counted'),
  outputTokens: z.int().min(1).optional().describe('Mean answer length to ask for (default: 128, or as long as the recorded answer)'),
  spread: z.number().min(0).max(1).default(0).describe('Lengths are uniform within this part around their mean'),
  tokensPerWord: z
    .number()
    .positive()
    .optional()
    .describe('Tokens of a random word (default: two short requests before the run ask the server)'),
  sharedPrefixTokens: z.int().min(0).default(0).describe('Of the prompt length: tokens that prompts of a group share at their head'),
  prefixes: z.int().min(1).default(1).describe('Groups of prompts with a shared head'),
  seed: z.int().min(0).default(1).describe('Prompts and arrivals follow from it'),
  salt: z
    .string()
    .max(200)
    .optional()
    .describe('At the head of every prompt (default: fresh in each run, so that no cache is warm; none: nothing)'),
  ignoreEos: z.boolean().optional().describe('Ask the engine to go on to the asked length (default: for random prompts)'),
  temperature: z.number().min(0).max(2).default(0).describe('Sampling temperature'),
  extraBody: z.string().optional().describe('JSON object merged into every request'),
  retries: z.int().min(0).max(10).default(0).describe('More attempts where refused, reset, 429 or 5xx; every failed attempt stays counted'),
  goodputTtftMs: z.number().positive().optional().describe('Goodput: limit on the time to first token'),
  goodputTpotMs: z.number().positive().optional().describe('Goodput: limit on the time per output token'),
  goodputE2elMs: z.number().positive().optional().describe('Goodput: limit on the whole latency'),
  threads: z.int().min(1).max(64).optional().describe('Client threads (default: by the streams and cores)'),
  connectTimeoutS: seconds.default(10).describe('To connect'),
  firstTokenTimeoutS: seconds.default(600).describe('From sending to the first event'),
  stallTimeoutS: seconds.default(60).describe('Between two events'),
  requestTimeoutS: seconds.default(3600).describe('For a whole request'),
  maxErrorRatio: z
    .number()
    .min(0)
    .max(1)
    .default(DEFAULT_MAX_ERROR_RATIO)
    .describe('More failed attempts than this part make a cell INVALID'),
  metrics: z.boolean().default(true).describe('Read the server’s metrics before, twice a second during, and after'),
  metricsUrl: z.url().optional().describe('Where these are (default: /metrics of the server)'),
  context: z
    .array(z.string())
    .default([])
    .describe('NAME=VALUE of the context descriptor: hardware=b200, tensorParallel=8, quantization=NVFP4…'),
  apiKeyEnv: z.string().optional().describe('Environment variable that holds the key'),
  out: z
    .string()
    .optional()
    .describe('Folder for the result, requests with every stamp, perfbench cell and metrics pages; must hold no result yet'),
  force: z.boolean().default(false).describe('Run fewer than two requests for each slot; the cell is marked'),
  slowClientMs: z
    .number()
    .min(0)
    .max(50)
    .default(0)
    .describe('Burn this much of every 50 ms in each client thread: shows what an INVALID run looks like'),
  dryRun: z.boolean().default(false).describe('Say what would be sent, and ask the server nothing'),
})

/** Absent and undefined are one on the doors; the pipeline's options know only absent. */
function given<T extends Record<string, unknown>>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // Keys with undefined are gone, which is what the type says.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

/**
 * The first Ctrl-C ends the run in good order: what was measured is written and marked. The second ends the program.
 * @returns a signal that follows the door's own as well, and what takes the listener away again.
 */
export function stoppable(context: CommandContext): { readonly context: CommandContext; readonly release: () => void } {
  const controller = new AbortController()
  const stop = () => controller.abort()
  process.once('SIGINT', stop)
  context.signal?.addEventListener('abort', stop, { once: true })
  if (context.signal?.aborted === true) stop()
  return {
    context: { ...context, signal: controller.signal },
    release() {
      process.off('SIGINT', stop)
      context.signal?.removeEventListener('abort', stop)
    },
  }
}

export function hostOf(
  context: CommandContext,
  paths: { readonly out?: string | undefined; readonly dataset?: string | undefined },
): DriveHost {
  return {
    env: context.env,
    version,
    ...given({ signal: context.signal, progress: context.progress }),
    ...(paths.out === undefined ? {} : { out: context.path(paths.out) }),
    ...(paths.dataset === undefined ? {} : { dataset: context.path(paths.dataset) }),
  }
}

export const command = defineCommand({
  name: 'drive',
  summary:
    'Send load to an OpenAI-compatible server, measure it with definitions that are said, and judge whether the client was in the way',
  effect: 'submits_jobs',
  positional: ['url'],
  input,
  output: driveSchema,
  examples: [
    {
      title: 'what a sweep over three concurrencies would send',
      args: ['http://127.0.0.1:8000', '--concurrency', '1', '--concurrency', '16', '--concurrency', '64', '--requests', '512', '--dry-run'],
    },
    {
      title: 'ten requests a second for a minute, latencies from the scheduled time',
      args: ['http://127.0.0.1:8000/v1', '--rate', '10', '--duration-s', '60', '--goodput-ttft-ms', '500', '--dry-run'],
    },
  ],
  // A server on this machine is the caller's own; what a tunnel leads to cannot be seen from here (docs/decisions/0009).
  reachesOutside: ({ url, api }) => !parseEndpoint(url, api).isLoopback,
  async run(context, { dryRun, out, dataset, ...rest }) {
    const durationS = rest.durationS ?? (rest.requests === undefined ? 60 : undefined)
    const options = given({ ...rest, durationS, dataset }) as unknown as DriveOptions
    if (dryRun) return rehearse(options, hostOf(context, { out, dataset }))
    const stopping = stoppable(context)
    try {
      return await runDrive(options, hostOf(stopping.context, { out, dataset }))
    } finally {
      stopping.release()
    }
  },
  render: driveText,
  exitCode: ({ result }) => (result?.validity.state === 'invalid' ? 1 : 0),
})
