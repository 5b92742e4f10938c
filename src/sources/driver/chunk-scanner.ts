/**
 * What one streamed chunk of an OpenAI-compatible engine says, read from its bytes: whether tokens came with it, why it ended, usage.
 * https://platform.openai.com/docs/api-reference/chat-streaming, completions likewise; `reasoning_content` and `reasoning` are vLLM's and
 * SGLang's. A single walk over the JSON without objects; keys count only where they stand, so that a text cannot imitate them.
 */

/** Depth of nesting that an honest chunk never reaches. */
const MAX_DEPTH = 64

const KEYS = [
  'choices',
  'usage',
  'error',
  'delta',
  'text',
  'finish_reason',
  'content',
  'reasoning_content',
  'reasoning',
  'tool_calls',
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
  'prompt_tokens_details',
  'cached_tokens',
  'message',
  'refusal',
] as const
type Key = (typeof KEYS)[number] | 'other'

const keyBytes = KEYS.map((key) => [key, Uint8Array.from(key, (char) => char.charCodeAt(0))] as const)
/** Candidates by length of the key: nearly always one. */
const keysByLength: readonly (typeof keyBytes)[] = Array.from({ length: 32 }, (_, length) =>
  keyBytes.filter(([key]) => key.length === length),
)

const QUOTE = 34
const BACKSLASH = 92
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125
const OPEN_LIST = 91
const CLOSE_LIST = 93
const COMMA = 44
const COLON = 58

type Place = 'top' | 'choice' | 'delta' | 'usage' | 'prompt-details' | 'skip'

const nothing = new Uint8Array(0)

/** One instance per stream, reused: `scan` sets every field anew. Counts are NaN where the chunk does not say. */
export class ChunkScanner {
  /** The payload is no JSON object, or bytes remain behind it. */
  malformed = false
  /** It holds at least one choice: the first such chunk stops vLLM's TTFT clock, even with empty text. */
  hasChoice = false
  /** Text, a tool call or a refusal that is not empty. */
  hasOutput = false
  hasReasoning = false
  hasFinish = false
  hasError = false
  hasUsage = false
  promptTokens = Number.NaN
  completionTokens = Number.NaN
  totalTokens = Number.NaN
  cachedTokens = Number.NaN
  /** A byte above 127 was met: then, and only then, the payload may be broken UTF-8. */
  hasHighBytes = false
  #bytes: Uint8Array = nothing
  #at = 0
  #to = 0
  #depth = 0

  scan(bytes: Uint8Array, from: number, to: number): void {
    this.malformed = false
    this.hasChoice = false
    this.hasOutput = false
    this.hasReasoning = false
    this.hasFinish = false
    this.hasError = false
    this.hasUsage = false
    this.hasHighBytes = false
    this.promptTokens = Number.NaN
    this.completionTokens = Number.NaN
    this.totalTokens = Number.NaN
    this.cachedTokens = Number.NaN
    this.#bytes = bytes
    this.#at = from
    this.#to = to
    this.#depth = 0
    if (this.#peek() === OPEN_OBJECT) this.#object('top')
    else this.malformed = true
    if (this.#peek() !== -1) this.malformed = true
    // A buffer must not outlive the call: it belongs to the network.
    this.#bytes = nothing
  }

  /** Next byte that is no white space, not consumed; -1 at the end. */
  #peek(): number {
    while (this.#at < this.#to) {
      const byte = this.#bytes[this.#at] as number // within bounds
      if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return byte
      this.#at += 1
    }
    return -1
  }

  #fail(): void {
    this.malformed = true
    this.#at = this.#to
  }

  #object(place: Place): void {
    if (++this.#depth > MAX_DEPTH) {
      this.#fail()
      return
    }
    this.#at += 1
    if (this.#peek() === CLOSE_OBJECT) this.#at += 1
    else this.#members(place)
    this.#depth -= 1
  }

  #members(place: Place): void {
    for (;;) {
      if (this.#peek() !== QUOTE) break
      const from = this.#at + 1
      const length = this.#string()
      const key = place === 'skip' ? 'other' : this.#keyAt(from, length)
      if (this.#peek() !== COLON) break
      this.#at += 1
      this.#member(place, key)
      const next = this.#peek()
      if (next !== COMMA && next !== CLOSE_OBJECT) break
      this.#at += 1
      if (next === CLOSE_OBJECT) return
    }
    this.#fail()
  }

  /** @returns elements; `place` is where an object in the list stands. */
  #list(place: Place): number {
    if (++this.#depth > MAX_DEPTH) {
      this.#fail()
      return 0
    }
    this.#at += 1
    let count = 0
    if (this.#peek() === CLOSE_LIST) this.#at += 1
    else {
      for (;;) {
        this.#value(place)
        count += 1
        const next = this.#peek()
        if (next !== COMMA && next !== CLOSE_LIST) {
          this.#fail()
          return count
        }
        this.#at += 1
        if (next === CLOSE_LIST) break
      }
    }
    this.#depth -= 1
    return count
  }

  /** Any value; objects are walked as `place`. */
  #value(place: Place): void {
    const byte = this.#peek()
    if (byte === QUOTE) this.#string()
    else if (byte === OPEN_OBJECT) this.#object(place)
    else if (byte === OPEN_LIST) this.#list('skip')
    else this.#scalar()
  }

  #member(place: Place, key: Key): void {
    if (place === 'top') this.#topMember(key)
    else if (place === 'choice') this.#choiceMember(key)
    else if (place === 'delta') this.#deltaMember(key)
    else if (place === 'usage') this.#usageMember(key)
    else if (place === 'prompt-details' && key === 'cached_tokens') this.cachedTokens = this.#number()
    else this.#value('skip')
  }

  #topMember(key: Key): void {
    const byte = this.#peek()
    if (key === 'choices' && byte === OPEN_LIST) {
      if (this.#list('choice') > 0) this.hasChoice = true
    } else if (key === 'usage' && byte === OPEN_OBJECT) {
      this.hasUsage = true
      this.#object('usage')
    } else if (key === 'error') {
      const from = this.#at
      this.#value('skip')
      this.hasError ||= !this.#isNull(from)
    } else this.#value('skip')
  }

  #choiceMember(key: Key): void {
    const byte = this.#peek()
    if ((key === 'delta' || key === 'message') && byte === OPEN_OBJECT) this.#object('delta')
    else if (key === 'text' && byte === QUOTE) this.hasOutput = this.#string() > 0 || this.hasOutput
    else if (key === 'finish_reason') {
      const from = this.#at
      this.#value('skip')
      this.hasFinish ||= !this.#isNull(from)
    } else this.#value('skip')
  }

  #deltaMember(key: Key): void {
    const byte = this.#peek()
    if (byte === QUOTE && (key === 'content' || key === 'refusal')) this.hasOutput = this.#string() > 0 || this.hasOutput
    else if (byte === QUOTE && (key === 'reasoning_content' || key === 'reasoning'))
      this.hasReasoning = this.#string() > 0 || this.hasReasoning
    else if (byte === OPEN_LIST && key === 'tool_calls') this.hasOutput = this.#list('skip') > 0 || this.hasOutput
    else this.#value('skip')
  }

  #usageMember(key: Key): void {
    if (key === 'prompt_tokens') this.promptTokens = this.#number()
    else if (key === 'completion_tokens') this.completionTokens = this.#number()
    else if (key === 'total_tokens') this.totalTokens = this.#number()
    else if (key === 'prompt_tokens_details' && this.#peek() === OPEN_OBJECT) this.#object('prompt-details')
    else this.#value('skip')
  }

  #isNull(from: number): boolean {
    return this.#bytes[from] === 110 && this.#at - from === 4
  }

  /** Raw bytes between the quotes, escapes counted as written; the cursor ends behind the closing quote. */
  #string(): number {
    const bytes = this.#bytes
    const to = this.#to
    const from = this.#at + 1
    let at = from
    while (at < to) {
      const byte = bytes[at] as number // within bounds
      if (byte === QUOTE) {
        this.#at = at + 1
        return at - from
      }
      if (byte === BACKSLASH) at += 2
      else if (byte < 32) break
      else {
        if (byte > 127) this.hasHighBytes = true
        at += 1
      }
    }
    this.#fail()
    return 0
  }

  /** A whole number in the safe range, else NaN (the value is passed over either way). */
  #number(): number {
    const byte = this.#peek()
    const from = this.#at
    if (byte !== 45 && (byte < 48 || byte > 57)) {
      this.#value('skip')
      return Number.NaN
    }
    this.#scalar()
    let value = 0
    for (let at = byte === 45 ? from + 1 : from; at < this.#at; at += 1) {
      const digit = (this.#bytes[at] as number) - 48 // within bounds
      if (digit < 0 || digit > 9) return Number.NaN
      value = value * 10 + digit
    }
    if (!Number.isSafeInteger(value)) return Number.NaN
    return byte === 45 ? -value : value
  }

  /** Numbers and the three words; their spelling is not judged beyond the letters that they may have. */
  #scalar(): void {
    const from = this.#at
    while (this.#at < this.#to) {
      const byte = this.#bytes[this.#at] as number // within bounds
      const isPart = (byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 122) || byte === 45 || byte === 43 || byte === 46 || byte === 69
      if (!isPart) break
      this.#at += 1
    }
    if (this.#at === from) {
      this.#fail()
      return
    }
    const first = this.#bytes[from] as number // at least one byte
    const isNumber = first === 45 || (first >= 48 && first <= 57)
    if (!isNumber && !this.#isWord(from)) this.#fail()
  }

  #isWord(from: number): boolean {
    const length = this.#at - from
    const at = (index: number) => this.#bytes[from + index]
    if (length === 4 && at(0) === 110) return at(1) === 117 && at(2) === 108 && at(3) === 108
    if (length === 4 && at(0) === 116) return at(1) === 114 && at(2) === 117 && at(3) === 101
    return length === 5 && at(0) === 102 && at(1) === 97 && at(2) === 108 && at(3) === 115 && at(4) === 101
  }

  #keyAt(from: number, length: number): Key {
    const candidates = length < 32 ? keysByLength[length] : undefined
    if (candidates === undefined) return 'other'
    for (const [key, expected] of candidates) {
      let index = 0
      while (index < length && this.#bytes[from + index] === expected[index]) index += 1
      if (index === length) return key
    }
    return 'other'
  }
}

/** `[DONE]`, which ends every stream. */
export function isDone(bytes: Uint8Array, from: number, to: number): boolean {
  return (
    to - from === 6 &&
    bytes[from] === OPEN_LIST &&
    bytes[from + 1] === 68 &&
    bytes[from + 2] === 79 &&
    bytes[from + 3] === 78 &&
    bytes[from + 4] === 69 &&
    bytes[from + 5] === CLOSE_LIST
  )
}
