import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChunkScanner, isDone } from './chunk-scanner.ts'

const scanner = new ChunkScanner()

function scan(value: unknown): ChunkScanner {
  const bytes = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  scanner.scan(bytes, 0, bytes.length)
  return scanner
}

const chat = (delta: unknown, finish: string | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
})

test('a role alone is a choice without output; text, reasoning and tool calls are output', () => {
  expect(scan(chat({ role: 'assistant', content: '' }))).toMatchObject({
    malformed: false,
    hasChoice: true,
    hasOutput: false,
    hasReasoning: false,
  })
  expect(scan(chat({ content: 'a' }))).toMatchObject({ hasOutput: true, hasFinish: false })
  expect(scan(chat({ content: null, reasoning_content: 'hm' }))).toMatchObject({ hasOutput: false, hasReasoning: true })
  expect(scan(chat({ reasoning: 'hm' }))).toMatchObject({ hasReasoning: true })
  expect(scan(chat({ tool_calls: [{ index: 0, function: { arguments: '{' } }] }))).toMatchObject({ hasOutput: true })
  expect(scan(chat({}, 'length'))).toMatchObject({ hasChoice: true, hasOutput: false, hasFinish: true })
  expect(scan({ choices: [{ index: 0, text: ' x', finish_reason: null }] })).toMatchObject({ hasOutput: true, hasFinish: false })
  expect(scan({ choices: [] })).toMatchObject({ hasChoice: false, malformed: false })
})

test('usage is read where it stands, and only whole numbers are counts', () => {
  const usage = { prompt_tokens: 12, completion_tokens: 345, total_tokens: 357, prompt_tokens_details: { cached_tokens: 8 } }
  expect(scan({ choices: [], usage })).toMatchObject({
    hasUsage: true,
    promptTokens: 12,
    completionTokens: 345,
    totalTokens: 357,
    cachedTokens: 8,
  })
  expect(scan({ choices: [], usage: null })).toMatchObject({ hasUsage: false, promptTokens: Number.NaN })
  expect(scan({ usage: { prompt_tokens: -3, completion_tokens: 1.5, total_tokens: '7' } })).toMatchObject({
    promptTokens: -3,
    completionTokens: Number.NaN,
    totalTokens: Number.NaN,
  })
  expect(scan({ metadata: { usage }, choices: [{ usage }] })).toMatchObject({ hasUsage: false, completionTokens: Number.NaN })
})

test('a text that looks like keys imitates nothing', () => {
  const text = '"finish_reason":"stop","usage":{"completion_tokens":9},"error":{"code":1}'
  expect(scan(chat({ content: text }))).toMatchObject({ hasOutput: true, hasFinish: false, hasUsage: false, hasError: false })
  expect(scan({ choices: [{ delta: { content: '' }, logprobs: { content: [{ token: 'x' }] } }] })).toMatchObject({ hasOutput: false })
})

test('an error in the stream is seen, a null one is none', () => {
  expect(scan({ error: { message: 'out of memory', code: 500 } })).toMatchObject({ hasError: true })
  expect(scan({ error: null, choices: [] })).toMatchObject({ hasError: false })
})

test('what is no JSON object is malformed; it agrees with JSON.parse on structure', () => {
  for (const text of [
    '',
    '[]',
    '1',
    '{',
    '{"a"',
    '{"a":}',
    '{"a":1,}',
    '{"a":1}}',
    '{"a":1} x',
    '{"a":"',
    '{"a":nul}',
    '{"a" 1}',
    '{"a":"\n"}',
    '{a:1}',
  ])
    expect(scan(text).malformed, text).toBe(true)
  for (const text of ['{}', ' {"a": [1, 2.5e-3, true, null, {"b": "\\"\\u00e9"}]} ', '{"a":{}}', '{"a":[]}'])
    expect(scan(text).malformed, text).toBe(false)
  expect(scan(`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`).malformed).toBe(true)
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.nat(), (value, cut) => {
      const text = JSON.stringify(value)
      const bytes = Buffer.from(text)
      scanner.scan(bytes, 0, bytes.length)
      expect(scanner.malformed, text).toBe(false)
      const length = cut % bytes.length
      scanner.scan(bytes, 0, length)
      expect(scanner.malformed, `cut at ${length} of ${text}`).toBe(true)
    }),
    { numRuns: 100 },
  )
})

test('high bytes are told, and the end marker is the end marker', () => {
  expect(scan(chat({ content: '漢' })).hasHighBytes).toBe(true)
  expect(scan(chat({ content: 'a' })).hasHighBytes).toBe(false)
  expect(isDone(Buffer.from('[DONE]'), 0, 6)).toBe(true)
  expect(isDone(Buffer.from('[DONE] '), 0, 7)).toBe(false)
})
