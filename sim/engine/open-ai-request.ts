/** Bodies of /v1/completions and /v1/chat/completions, and the tokens of their prompts. */
import * as z from 'zod'

const streamOptions = z.object({ include_usage: z.boolean().nullish(), continuous_usage_stats: z.boolean().nullish() }).nullish()

const common = {
  model: z.string().nullish(),
  stream: z.boolean().nullish(),
  stream_options: streamOptions,
  max_tokens: z.int().min(1).nullish(),
  ignore_eos: z.boolean().nullish(),
  min_tokens: z.int().min(0).nullish(),
  n: z.int().nullish(),
}

const text = z.union([z.string(), z.array(z.string()), z.array(z.int()), z.array(z.array(z.int()))])
const completionBody = z.looseObject({ ...common, prompt: text })
const content = z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().nullish() }))]).nullish()
const chatBody = z.looseObject({
  ...common,
  messages: z.array(z.looseObject({ role: z.string(), content })).min(1),
  max_completion_tokens: z.int().min(1).nullish(),
})

export interface OpenAiRequest {
  readonly kind: 'chat' | 'completion'
  readonly model: string | undefined
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly continuousUsage: boolean
  readonly ignoreEos: boolean
  readonly minTokens: number
  /** Undefined: as many as the context has room for. */
  readonly maxTokens: number | undefined
  /** One entry per prompt token. */
  readonly words: readonly string[]
}

/** What the client did wrong: answered with 400, as the engines do. */
export class BadRequest extends Error {}

/** A token is a word between white space: what a whitespace tokenizer counts, so that clients can agree with the engine. */
function wordsOf(given: string): string[] {
  return given.split(/\s+/).filter((word) => word !== '')
}

function promptWords(prompt: z.infer<typeof text>): string[] {
  if (typeof prompt === 'string') return wordsOf(prompt)
  const [first] = prompt
  if (typeof first === 'number') return prompt.map((id) => `#${String(id)}`)
  if (prompt.length !== 1) throw new BadRequest('one prompt per request: this engine is simulated')
  return typeof first === 'string' ? wordsOf(first) : (first ?? []).map((id) => `#${id}`)
}

function chatWords(messages: z.infer<typeof chatBody>['messages']): string[] {
  return messages.flatMap(({ role, content: said }) => {
    const parts = typeof said === 'string' ? [said] : (said ?? []).map((part) => part.text ?? '')
    return [`<|${role}|>`, ...parts.flatMap(wordsOf)]
  })
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw new BadRequest(`body is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Throws BadRequest. An empty prompt counts as its one begin-of-text token; a chat as its words and one token per message and answer. */
export function parseOpenAiRequest(kind: OpenAiRequest['kind'], body: Buffer): OpenAiRequest {
  const result = (kind === 'chat' ? chatBody : completionBody).safeParse(parsed(body))
  if (!result.success) throw new BadRequest(z.prettifyError(result.error))
  const given = result.data
  if ((given.n ?? 1) !== 1) throw new BadRequest('n must be 1: this engine is simulated')
  if (given.stream_options != null && given.stream !== true) throw new BadRequest('Stream options can only be defined when `stream=True`.')
  const words =
    'messages' in given
      ? [...chatWords(given.messages as z.infer<typeof chatBody>['messages']), '<|assistant|>']
      : promptWords(given.prompt as z.infer<typeof text>)
  const most =
    ('max_completion_tokens' in given ? (given.max_completion_tokens as number | null | undefined) : undefined) ?? given.max_tokens
  return {
    kind,
    model: given.model ?? undefined,
    stream: given.stream === true,
    includeUsage: given.stream_options?.include_usage === true,
    continuousUsage: given.stream_options?.continuous_usage_stats === true,
    ignoreEos: given.ignore_eos === true,
    minTokens: given.min_tokens ?? 0,
    // The completions API gives 16 tokens where nothing is said.
    maxTokens: most ?? (kind === 'completion' ? 16 : undefined),
    words: words.length === 0 ? ['<|begin|>'] : words,
  }
}
