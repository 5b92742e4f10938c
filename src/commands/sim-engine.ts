import { basename } from 'node:path'
import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { formatCount } from '#base/units.ts'
import { type SimEngine, simEngineSchema } from '#formats/sim-engine.ts'
import { startEngine } from '#sim/engine/engine.ts'
import { withEngineArguments } from '#sim/engine/engine-arguments.ts'
import {
  boundSettings,
  type EngineOptions,
  engineDialects,
  plainEngine,
  profilerBackEnds,
  timeModelOf,
} from '#sim/engine/engine-options.ts'
import { requestFaults, serverFaults } from '#sim/engine/faults.ts'
import { type CommandContext, defineCommand } from './define-command.ts'

const faultList = [...Object.keys(requestFaults), ...Object.keys(serverFaults)].join(', ')

const input = z.object({
  port: z.int().min(0).max(65_535).default(0).describe('Port on 127.0.0.1; 0 takes a free one and prints it'),
  durationS: z.number().min(0).default(0).describe('Stop after so many seconds; 0 runs until SIGTERM, SIGINT or POST /sim/stop'),
  dialect: z.enum(engineDialects).default('vllm').describe('Whose paths, metric names and status codes it speaks'),
  bound: z.enum(boundSettings).default('kernel').describe('What most of a decode step goes to'),
  timeScale: z.number().min(0.001).max(1000).default(1).describe('All step times times this: 0.5 is twice as fast'),
  seed: z.int().min(0).default(1).describe('The same seed and traffic give the same step times and faults'),
  model: z
    .string()
    .regex(/^[\w./:-]{1,200}$/)
    .default(plainEngine.model)
    .describe('Name that it serves its model under'),
  maxNumSeqs: z.int().min(1).default(plainEngine.maxNumSeqs).describe('Sequences in one step at most; others wait'),
  maxNumBatchedTokens: z.int().min(1).default(plainEngine.maxNumBatchedTokens).describe('Prompt and answer tokens in one step at most'),
  maxModelLen: z.int().min(2).default(plainEngine.maxModelLen).describe('Tokens of prompt and answer together at most'),
  chunkedPrefill: z.boolean().default(true).describe('Prompts are computed beside decoding; else in steps of their own'),
  prefixCaching: z.boolean().default(true).describe('Full blocks of prompts seen before are not computed again'),
  speculativeTokens: z.int().min(0).max(16).default(0).describe('Draft tokens per step and sequence'),
  acceptanceRate: z.number().min(0).max(1).default(0.7).describe('Probability that the next draft token is accepted'),
  naturalTokens: z
    .int()
    .min(0)
    .default(0)
    .describe('Median answer length where a request does not ignore the end; 0 answers to max_tokens'),
  fault: z.array(z.string()).default([]).describe(`KIND[:share=,every=,at=,count=,after=,ms=,bytes=,start=]; KIND: ${faultList}`),
  profiler: z
    .enum(profilerBackEnds)
    .default('none')
    .describe('Back end behind /start_profile: torch writes kineto traces, cuda what nsys exports'),
  traceDir: z.string().optional().describe('Folder for traces; needed with a profiler'),
  traceLateMs: z.number().min(0).default(0).describe('From the end of the window to the first byte of its trace'),
  traceWriteMs: z.number().min(0).default(0).describe('How long a trace grows until it is whole'),
  traceCut: z.boolean().default(false).describe('Traces are cut short, as after a crash'),
  profilerOverhead: z.number().min(1).max(20).default(1).describe('Device work takes this many times longer while it is recorded'),
  dcgmIntervalMs: z
    .number()
    .min(10)
    .default(1_000)
    .describe('Over which the samples of /dcgm/metrics are averages; the exporter’s own is 30000'),
  zymtraceDir: z.string().optional().describe('Folder for zymtrace’s tables of all that was served, written at the end'),
  truth: z.string().optional().describe('File for the truth of every request and step (JSON lines)'),
  asyncHostStays: z
    .number()
    .min(0)
    .max(2)
    .optional()
    .describe('Schedules ahead unless --no-async-scheduling is an engine argument, and this part of the host’s time stays; else never'),
  engineArguments: z.array(z.string()).default([]).describe('After --: arguments as a real engine takes them'),
})

function profilerOf(context: CommandContext, given: z.output<typeof input>): EngineOptions['profiler'] {
  const { profiler: backEnd, traceDir, traceLateMs: lateMs, traceWriteMs: writeMs, traceCut: cut, profilerOverhead: overheadFactor } = given
  if (backEnd !== 'none' && traceDir === undefined) {
    throw new SextantError('usage', `--profiler ${backEnd} has nowhere to write`, 'Name a folder with --trace-dir.')
  }
  // vLLM's answer to stop comes when its trace is written; nsys writes on its own, and SGLang says that it will take some time.
  const stopWaits = backEnd === 'torch' && given.dialect === 'vllm'
  // A door that confines its caller's paths must not be opened by a request to the engine.
  const clientNamesFolder = context.announce !== undefined
  const folder = traceDir === undefined ? '.' : context.path(traceDir)
  return { ...plainEngine.profiler, backEnd, folder, lateMs, writeMs, cut, overheadFactor, stopWaits, clientNamesFolder }
}

function optionsOf(context: CommandContext, given: z.output<typeof input>): EngineOptions {
  const { port, dialect, timeScale, seed, model, maxNumSeqs, maxNumBatchedTokens, maxModelLen, chunkedPrefill, prefixCaching } = given
  const { speculativeTokens, acceptanceRate, naturalTokens, bound, fault, truth, dcgmIntervalMs, zymtraceDir } = given
  const options: EngineOptions = {
    ...plainEngine,
    port,
    dialect,
    timeScale,
    seed,
    model,
    maxNumSeqs,
    maxNumBatchedTokens,
    maxModelLen,
    chunkedPrefill,
    prefixCaching,
    speculativeTokens,
    acceptanceRate,
    naturalTokens,
    time: timeModelOf(bound),
    tensorParallel: bound === 'communication' ? 8 : 1,
    faults: fault,
    profiler: profilerOf(context, given),
    dcgmIntervalMs,
    ...(zymtraceDir === undefined ? {} : { zymtraceFolder: context.path(zymtraceDir) }),
    ...(truth === undefined ? {} : { truthPath: context.path(truth) }),
  }
  try {
    return withEngineArguments(options, given.engineArguments, given.asyncHostStays)
  } catch (error) {
    if (error instanceof RangeError) throw new SextantError('usage', error.message, 'Real engines refuse what they do not know, too.')
    throw error
  }
}

async function started(options: EngineOptions, onOver: (why: 'asked' | 'died') => void, traces: string[]) {
  try {
    return await startEngine(options, { onOver, onRecord: (record) => record.kind === 'profile' && traces.push(record.file) })
  } catch (error) {
    if (error instanceof RangeError)
      throw new SextantError('usage', error.message, 'See `sextant sim engine --help` for the kinds and their values.')
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    const where = `${options.host}:${options.port}`
    throw new SextantError('io_failed', `cannot listen on ${where} (${code})`, 'Name another --port, or 0 for a free one.', { code }, error)
  }
}

/** Why it is over: the first of its end of time, a signal, the caller's abort, a client's wish or its own death. */
function over(
  context: CommandContext,
  durationS: number,
  own: Promise<'asked' | 'died'>,
): { why: Promise<SimEngine['ended']>; release: () => unknown } {
  const releases: (() => void)[] = []
  const signalled = new Promise<'signal'>((fulfil) => {
    const stop = (): void => fulfil('signal')
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.once(name, stop)
      releases.push(() => process.off(name, stop))
    }
    context.signal?.addEventListener('abort', stop)
    releases.push(() => context.signal?.removeEventListener('abort', stop))
  })
  const elapsed = new Promise<'duration'>((fulfil) => {
    if (durationS === 0) return
    const timer = setTimeout(() => fulfil('duration'), durationS * 1000)
    releases.push(() => clearTimeout(timer))
  })
  return { why: Promise.race([own, signalled, elapsed]), release: () => releases.map((release) => release()) }
}

function welcome(url: string, options: EngineOptions): string {
  const hints = [
    `Simulated ${options.dialect} at ${url} (no model runs here: for tests, demonstrations and learning)`,
    `  curl ${url}/v1/completions -d '{"prompt":"one two","max_tokens":5,"stream":true}'`,
    `  curl ${url}/metrics; curl ${url}/dcgm/metrics; curl ${url}/sim/state`,
    `  curl ${url}/sim/faults -d 'reset:share=0.1,after=3'   (curl -X DELETE ${url}/sim/faults takes them back)`,
    `  stop with Ctrl-C, SIGTERM or curl -X POST ${url}/sim/stop`,
  ]
  return `${hints.join('\n')}\n`
}

export const command = defineCommand({
  name: 'sim engine',
  summary: 'A simulated inference server whose truth is known: OpenAI API, metrics, profiler, faults; for tests, demonstrations, learning',
  effect: 'writes_artifacts',
  positional: ['engineArguments'],
  input,
  output: simEngineSchema,
  examples: [{ title: 'a host-bound engine for a fifth of a second', args: ['--bound', 'host', '--duration-s', '0.2'] }],
  async run(context, given) {
    const options = optionsOf(context, given)
    if (context.announce === undefined && given.durationS === 0) {
      throw new SextantError('usage', 'nobody could stop it here', 'Give durationS, or run `sextant sim engine` in a terminal.')
    }
    let end: (why: 'asked' | 'died') => void = () => undefined
    const own = new Promise<'asked' | 'died'>((fulfil) => {
      end = fulfil
    })
    const traces: string[] = []
    const engine = await started(options, (why) => end(why), traces)
    context.announce?.(welcome(engine.url, options))
    const { why, release } = over(context, given.durationS, own)
    const ended = await why
    release()
    const { requests, steps, promptTokens, outputTokens } = await engine.stop()
    return {
      schema: 'sim-engine/1' as const,
      sources: [],
      simulated: true as const,
      dialect: options.dialect,
      model: options.model,
      ended,
      requests,
      steps,
      promptTokens,
      outputTokens,
      ...(given.truth === undefined ? {} : { truth: basename(given.truth) }),
      traces,
    }
  },
  render({ dialect, ended, requests, steps, promptTokens, outputTokens, truth, traces }) {
    const why = { duration: 'its time was over', signal: 'it was told to', asked: 'a client asked it to', died: 'its own fault killed it' }
    const lines = [
      `The simulated ${dialect} stopped because ${why[ended]}.`,
      `It served ${formatCount(requests)} requests: ${formatCount(promptTokens)} prompt tokens, ${formatCount(outputTokens)} answer tokens in ${formatCount(steps)} steps.`,
      ...(truth === undefined ? [] : [`Truth of every request and step: ${truth}`]),
      ...(traces.length === 0 ? [] : [`Traces: ${traces.join(', ')}`]),
    ]
    return `${lines.join('\n')}\n`
  },
})
