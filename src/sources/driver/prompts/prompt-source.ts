/** The n-th request of a run: the same for equal plans whatever thread asks, so that trials can send equal prompts. */
import { Random } from '#base/random.ts'
import type { PromptPlan, RequestPlan, Turn } from '#sources/driver/plan.ts'
import { words } from './words.ts'

export interface PreparedRequest {
  readonly body: Uint8Array
  readonly maxTokens: number
}

const encoder = new TextEncoder()

function drawnWords(random: Random, count: number): string {
  const drawn: string[] = []
  for (let index = 0; index < count; index++) drawn.push(words[random.integer(0, words.length - 1)] ?? '')
  return drawn.join(' ')
}

type RandomPlan = Extract<PromptPlan, { kind: 'random' }>

export class PromptSource {
  readonly #plan: RequestPlan
  /** Shared prefixes by number, made once. */
  readonly #prefixes = new Map<number, string>()

  constructor(plan: RequestPlan) {
    this.#plan = plan
  }

  /** Turns of the conversation of request `index`; 1 where requests stand alone. */
  turns(index: number): number {
    const { prompts } = this.#plan
    return prompts.kind === 'conversations' && prompts.multiTurn ? this.#conversation(prompts, index).turns.length : 1
  }

  prepare(index: number, turn: number): PreparedRequest {
    const { prompts } = this.#plan
    return prompts.kind === 'random' ? this.#random(prompts, index) : this.#replayed(prompts, index, turn)
  }

  #random(prompts: RandomPlan, index: number): PreparedRequest {
    const random = new Random(prompts.seed, `prompt ${index}`)
    const count = random.integer(prompts.minWords, prompts.maxWords)
    const maxTokens = random.integer(prompts.minOutputTokens, prompts.maxOutputTokens)
    const prefix = prompts.prefixWords === 0 ? '' : `${this.#prefix(prompts, index % prompts.prefixes)} `
    // The salt stands first: a cache matches from the beginning.
    const text = `${this.#salted()}${prefix}${drawnWords(random, count)}`
    return this.#request([{ role: 'user', content: text }], maxTokens)
  }

  #prefix(prompts: RandomPlan, number: number): string {
    let text = this.#prefixes.get(number)
    if (text === undefined) {
      text = drawnWords(new Random(prompts.seed, `prefix ${number}`), prompts.prefixWords)
      this.#prefixes.set(number, text)
    }
    return text
  }

  #conversation(prompts: Extract<PromptPlan, { kind: 'conversations' }>, index: number) {
    const conversation = prompts.conversations[index % prompts.conversations.length]
    if (conversation === undefined) throw new Error('a plan without conversations')
    return conversation
  }

  /** History is what the recording answered: every turn of every run then has the same prompt, whatever the server said. */
  #replayed(prompts: Extract<PromptPlan, { kind: 'conversations' }>, index: number, turn: number): PreparedRequest {
    const { system, turns } = this.#conversation(prompts, index)
    const asked = turns[turn]
    if (asked === undefined) throw new Error('a turn beyond the conversation')
    // A conversation that comes again in one run is another user's: else the second pass would find the first in the cache.
    const pass = Math.floor(index / prompts.conversations.length)
    const salt = pass === 0 || this.#plan.salt === '' ? this.#salted() : `${this.#plan.salt}.${pass} `
    const said = turns.slice(0, turn).flatMap(({ user, assistant }: Turn) => [
      { role: 'user', content: user },
      { role: 'assistant', content: assistant },
    ])
    const messages = [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      ...said,
      { role: 'user', content: asked.user },
    ]
    const [first, ...rest] = messages
    const opening = first === undefined ? [] : [{ ...first, content: `${salt}${first.content}` }]
    return this.#request([...opening, ...rest], asked.maxTokens)
  }

  #salted(): string {
    return this.#plan.salt === '' ? '' : `${this.#plan.salt} `
  }

  #request(messages: readonly { readonly role: string; readonly content: string }[], maxTokens: number): PreparedRequest {
    const { api, model, ignoreEos, temperature, extraBody } = this.#plan
    const asked =
      api === 'chat'
        ? { messages }
        : { prompt: messages.map(({ role, content }) => (messages.length === 1 ? content : `${role}: ${content}`)).join('\n') }
    const body = {
      model,
      ...asked,
      max_tokens: maxTokens,
      temperature,
      stream: true,
      stream_options: { include_usage: true },
      ...(ignoreEos ? { ignore_eos: true } : {}),
      ...extraBody,
    }
    return { body: encoder.encode(JSON.stringify(body)), maxTokens }
  }
}
