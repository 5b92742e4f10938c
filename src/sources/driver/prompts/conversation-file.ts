/**
 * Recorded conversations: JSON lines, or one JSON array, in the shapes in which they are passed around. ShareGPT:
 * `{"conversations": [{"from": "human", "value": "…"}, {"from": "gpt", …}]}`; OpenAI: `{"messages": [{"role": "user", "content": "…"}]}`.
 */
import { createReadStream, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { SextantError } from '#base/errors.ts'
import { fileError } from '#platform/access.ts'
import type { Conversation, Turn } from '#sources/driver/plan.ts'

export interface ConversationOptions {
  /** Conversations to take, in the order of the file. */
  readonly limit: number
  /** Tokens to ask for in each turn; absent: about as many as the recorded answer has. */
  readonly outputTokens?: number
  readonly multiTurn: boolean
}

export interface ConversationFile {
  readonly conversations: readonly Conversation[]
  /** Lines or elements that hold no conversation with a user's turn. */
  readonly skipped: number
}

/** Texts stay in memory on every thread. */
const MAX_TEXT = 256 * 1024 * 1024
/** English averages 4 characters a token (https://platform.openai.com/tokenizer); only for lengths that the recording does not count. */
const CHARACTERS_PER_TOKEN = 4

const roles: Readonly<Record<string, 'user' | 'assistant' | 'system'>> = {
  human: 'user',
  user: 'user',
  gpt: 'assistant',
  chatgpt: 'assistant',
  assistant: 'assistant',
  bing: 'assistant',
  bard: 'assistant',
  model: 'assistant',
  system: 'system',
}

interface Said {
  readonly role: 'user' | 'assistant' | 'system'
  readonly text: string
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function saidBy(message: unknown): Said | undefined {
  if (!isObject(message)) return undefined
  const role = roles[String(message['from'] ?? message['role'])]
  const text = message['value'] ?? message['content']
  return role === undefined || typeof text !== 'string' || text.trim() === '' ? undefined : { role, text }
}

/** Undefined where nobody asks anything. A turn is a user's text with the answer that follows it; surplus answers are dropped. */
export function conversationOf(value: unknown, options: ConversationOptions): Conversation | undefined {
  if (!isObject(value)) return undefined
  const list = value['conversations'] ?? value['conversation'] ?? value['messages']
  if (!Array.isArray(list)) return undefined
  const messages = list.flatMap((message) => saidBy(message) ?? [])
  const system = messages[0]?.role === 'system' ? messages[0].text : undefined
  const turns: Turn[] = []
  for (const [index, { role, text }] of messages.entries()) {
    if (role !== 'user') continue
    const next = messages[index + 1]
    const assistant = next?.role === 'assistant' ? next.text : ''
    const recorded = Math.max(1, Math.ceil(assistant.length / CHARACTERS_PER_TOKEN))
    // Without an answer there is nothing to go by, and no history for a next turn.
    if (assistant === '' && options.outputTokens === undefined) continue
    turns.push({ user: text, assistant, maxTokens: options.outputTokens ?? recorded })
  }
  if (turns.length === 0) return undefined
  return { ...(system === undefined ? {} : { system }), turns: options.multiTurn ? turns : turns.slice(0, 1) }
}

async function* elementsOf(path: string): AsyncGenerator<unknown> {
  const stream = createReadStream(path, { encoding: 'utf8' })
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })
  let isArray: boolean | undefined
  const rest: string[] = []
  let size = 0
  for await (const line of lines) {
    if (isArray === undefined && line.trim() === '') continue
    isArray ??= line.trimStart().startsWith('[')
    if (!isArray) {
      if (line.trim() !== '') yield parsed(line)
      continue
    }
    rest.push(line)
    size += line.length
    if (size > MAX_TEXT) {
      stream.destroy()
      throw new SextantError(
        'limit_exceeded',
        'a JSON array of conversations above 256 MB is not read.',
        "Make it JSON lines: jq -c '.[]' FILE > FILE.jsonl",
        {},
      )
    }
  }
  if (isArray !== true) return
  const all = parsed(rest.join('\n'))
  if (Array.isArray(all)) yield* all
  else yield undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export async function readConversations(path: string, options: ConversationOptions): Promise<ConversationFile> {
  const conversations: Conversation[] = []
  let skipped = 0
  let size = 0
  try {
    if (!statSync(path).isFile()) throw new SextantError('unsupported_format', `${path} is no file.`, 'Name a file of JSON lines.', {})
    for await (const element of elementsOf(path)) {
      const conversation = conversationOf(element, options)
      if (conversation === undefined) skipped += 1
      else {
        conversations.push(conversation)
        for (const { user, assistant } of conversation.turns) size += user.length + assistant.length
        if (size > MAX_TEXT) {
          throw new SextantError('limit_exceeded', 'the conversations hold more than 256 MB of text.', 'Take fewer: --conversations N', {})
        }
      }
      if (conversations.length >= options.limit) break
    }
  } catch (error) {
    if (error instanceof SextantError) throw error
    throw fileError(path, error)
  }
  if (conversations.length === 0) {
    throw new SextantError(
      'missing_data',
      `${path} holds no conversation: ${skipped} lines or elements are of another shape.`,
      'Wanted is one object a line: {"conversations": [{"from": "human", "value": "…"}, {"from": "gpt", "value": "…"}]} or {"messages": [{"role": "user", "content": "…"}, …]}.',
      { skipped },
    )
  }
  return { conversations, skipped }
}
