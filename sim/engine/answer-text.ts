/** The events of one streamed answer as text, prepared so that a token costs one concatenation and no JSON. */
import { framed } from './http-connection.ts'
import type { OpenAiRequest } from './open-ai-request.ts'

/** All words have one length: then the HTTP frame around a token has one length too, and its head is prepared once. */
const words =
  ' amber basin cedar delta ember fjord grove haven inlet juror knoll ledge mango north ocean prism query ridge slate tidal umber vivid wharf'.split(
    /(?= )/,
  ) as readonly string[]
const wordLength = 6
/** Two, three and four bytes of UTF-8, for clients that decode chunk by chunk. */
export const multibyteWord = ' \u00e9\u20ac\ud83d\ude42'

/** The token at `position` of the answer to request `id`: any fixed function of both will do. */
export function wordAt(id: number, position: number): string {
  return words[(id * 7 + position * 3 + (position >> 4)) % words.length] as string
}

export function answerWords(id: number, from: number, count: number): string {
  let text = ''
  for (let position = from; position < from + count; position++) text += wordAt(id, position)
  return text
}

export interface Usage {
  readonly promptTokens: number
  readonly completionTokens: number
  readonly cachedTokens: number
}

export function usageJson({ promptTokens, completionTokens, cachedTokens }: Usage): string {
  const details = cachedTokens > 0 ? `{"cached_tokens":${cachedTokens}}` : 'null'
  return `{"prompt_tokens":${promptTokens},"total_tokens":${promptTokens + completionTokens},"completion_tokens":${completionTokens},"prompt_tokens_details":${details}}`
}

export const doneEvent = 'data: [DONE]\n\n'

/** Event texts of one request. `data: ` and the blank line included; HTTP frames where it says so. */
export class AnswerText {
  readonly #head: string
  readonly #beforeText: string
  readonly #afterText: string
  readonly #tokenFrameHead: string
  readonly #kind: OpenAiRequest['kind']

  constructor(kind: OpenAiRequest['kind'], answerId: string, model: string, createdS: number) {
    this.#kind = kind
    const object = kind === 'chat' ? 'chat.completion.chunk' : 'text_completion'
    this.#head = `data: {"id":"${answerId}","object":"${object}","created":${createdS},"model":${JSON.stringify(model)},"choices":[`
    this.#beforeText = `${this.#head}{"index":0,${kind === 'chat' ? '"delta":{"content":"' : '"text":"'}`
    this.#afterText = `"${kind === 'chat' ? '}' : ''},"logprobs":null,"finish_reason":null}]}\n\n`
    this.#tokenFrameHead = `${(this.#beforeText.length + wordLength + this.#afterText.length).toString(16)}\r\n${this.#beforeText}`
  }

  /** The frame of one word, the common case. */
  tokenFrame(word: string): string {
    return `${this.#tokenFrameHead}${word}${this.#afterText}\r\n`
  }

  /** An event with any ASCII text, JSON-safe. */
  textEvent(text: string): string {
    return `${this.#beforeText}${text}${this.#afterText}`
  }

  /** Chat answers begin with the role and no content. */
  roleFrame(): string {
    if (this.#kind !== 'chat') return ''
    return framed(`${this.#head}{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}\n\n`)
  }

  /** The last token's event says why the answer ends. */
  lastEvent(text: string, reason: 'length' | 'stop'): string {
    const close = `"${this.#kind === 'chat' ? '}' : ''},"logprobs":null,"finish_reason":"${reason}","stop_reason":null}]}\n\n`
    return `${this.#beforeText}${text}${close}`
  }

  /** `event` with counts so far, for clients that ask for them in every chunk. */
  withUsage(event: string, usage: Usage): string {
    return `${event.slice(0, -3)},"usage":${usageJson(usage)}}\n\n`
  }

  usageEvent(usage: Usage): string {
    return `${this.#head}],"usage":${usageJson(usage)}}\n\n`
  }
}
