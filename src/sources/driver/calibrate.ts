/** How many tokens a drawn word is on this server: two short requests, counted by its usage. No tokenizer of ours guesses it. */
import { request } from 'undici'
import type { RequestPlan } from './plan.ts'
import { PromptSource } from './prompts/prompt-source.ts'

export interface Calibration {
  readonly tokensPerWord: number
  /** Tokens of template, role and salt. */
  readonly overheadTokens: number
}

const SHORT_WORDS = 64
const LONG_WORDS = 320
/** For one answer: a server that is slower than this to two short prompts is asked without a count. */
const TIMEOUT_MS = 15_000
/** Outside this a word of the list is no word to the tokenizer, and the count is not to be believed. */
const PLAUSIBLE = [0.3, 8] as const

async function promptTokens(plan: RequestPlan, words: number, authorization: string | undefined): Promise<number | undefined> {
  const prompts = {
    kind: 'random',
    seed: 0x5e17,
    minWords: words,
    maxWords: words,
    minOutputTokens: 1,
    maxOutputTokens: 1,
    prefixWords: 0,
    prefixes: 1,
  } as const
  const { stream_options: _, ...body } = JSON.parse(
    new TextDecoder().decode(new PromptSource({ ...plan, prompts }).prepare(words, 0).body),
  ) as Record<string, unknown>
  const answer = await request(`${plan.origin}${plan.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
    body: JSON.stringify({ ...body, stream: false }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const text = await answer.body.text()
  if (answer.statusCode !== 200) return undefined
  const value = JSON.parse(text) as { readonly usage?: { readonly prompt_tokens?: unknown } } | null
  const tokens = value?.usage?.prompt_tokens
  return typeof tokens === 'number' && tokens > 0 ? tokens : undefined
}

/** Undefined where the server does not say; then lengths are words, and the results say what they came to. */
export async function calibrate(plan: RequestPlan, authorization?: string): Promise<Calibration | undefined> {
  try {
    const short = await promptTokens(plan, SHORT_WORDS, authorization)
    const long = await promptTokens(plan, LONG_WORDS, authorization)
    if (short === undefined || long === undefined) return undefined
    const tokensPerWord = (long - short) / (LONG_WORDS - SHORT_WORDS)
    if (!(tokensPerWord >= PLAUSIBLE[0] && tokensPerWord <= PLAUSIBLE[1])) return undefined
    return { tokensPerWord, overheadTokens: Math.max(0, short - SHORT_WORDS * tokensPerWord) }
  } catch {
    return undefined
  }
}
