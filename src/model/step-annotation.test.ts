import { expect, test } from 'vitest'
import { parseStepAnnotation } from '#model/step-annotation.ts'

test('vLLM: native, pair, detailed and legacy forms', () => {
  expect(parseStepAnnotation('execute_context_2(300)_generation_30(30)')).toEqual({
    dialect: 'vllm',
    phase: 'mixed',
    prefillRequests: 2,
    prefillTokens: 300,
    decodeRequests: 30,
    decodeTokens: 30,
    batchReal: 32,
  })
  expect(parseStepAnnotation('execute_context_1(888_788544)_generation_0(0)')).toEqual({
    dialect: 'vllm-pair',
    phase: 'prefill',
    prefillRequests: 1,
    prefillTokens: 888,
    decodeRequests: 0,
    decodeTokens: 0,
    batchReal: 1,
  })
  expect(parseStepAnnotation('execute_32_context_0(sq0sk0sqsq0sqsk0)_generation_32(sq32sk55086sqsq32sqsk55086)')).toEqual({
    dialect: 'vllm-detailed',
    phase: 'decode',
    prefillRequests: 0,
    prefillTokens: 0,
    decodeRequests: 32,
    decodeTokens: 32,
    batchReal: 32,
    tokensPerSequence: 1,
  })
  expect(parseStepAnnotation('execute_context_1024_generation_64')).toEqual({
    dialect: 'vllm-legacy',
    phase: 'mixed',
    prefillTokens: 1024,
    decodeTokens: 64,
  })
})

test('trap C15: generation_32(128) is 32 requests with 128 tokens, four per sequence', () => {
  const step = parseStepAnnotation('execute_context_0(0)_generation_32(128)')
  expect(step).toMatchObject({ phase: 'decode', decodeRequests: 32, decodeTokens: 128, batchReal: 32, tokensPerSequence: 4 })
})

test('trap C16: decode[bs=117/128] is 117 real sequences in a graph padded to 128', () => {
  const step = parseStepAnnotation('decode[bs=117/128 tok=117 d=117 spec=3 p=2 tbo=1]')
  expect(step).toMatchObject({ dialect: 'atom', phase: 'decode', batchReal: 117, batchPadded: 128, decodeRequests: 117, draftTokens: 3 })
})

test('ATOM prefill with a cut list of context lengths', () => {
  expect(parseStepAnnotation('prefill[bs=2 tok=14721 ctx=[7803, 6918] x=1]')).toMatchObject({
    phase: 'prefill',
    prefillTokens: 14721,
    batchReal: 2,
  })
  expect(parseStepAnnotation('prefill[bs=9 tok=14721 ctx=[7803, 6918...+3]]')).toMatchObject({ phase: 'prefill', prefillRequests: 9 })
})

test('SGLang: native and detailed forms', () => {
  expect(parseStepAnnotation('step[DECODE bs=32]')).toEqual({ dialect: 'sglang', phase: 'decode', decodeRequests: 32, batchReal: 32 })
  expect(parseStepAnnotation('step[EXTEND bs=3 toks=900]')).toMatchObject({ phase: 'prefill', prefillTokens: 900, prefillRequests: 3 })
  expect(
    parseStepAnnotation('step[MIXED bs=12 c=2 g=10 c_sq=800 c_sqsq=1 c_sqsk=1 c_sk=1 g_sq=10 g_sqsq=10 g_sqsk=9 g_sk=9]'),
  ).toMatchObject({
    dialect: 'sglang-detailed',
    phase: 'mixed',
    prefillRequests: 2,
    decodeRequests: 10,
    prefillTokens: 800,
    decodeTokens: 10,
  })
  expect(parseStepAnnotation('step[DECODE bs=8 g_sq=32 g_sqsq=128 g_sqsk=9 g_sk=9]')).toMatchObject({
    tokensPerSequence: 4,
    decodeTokens: 32,
  })
  expect(parseStepAnnotation('step[TARGET_VERIFY bs=8]')).toMatchObject({ phase: 'decode' })
  expect(parseStepAnnotation('step[IDLE bs=0]')).toMatchObject({ phase: 'other' })
})

test('graph capture is a phase of its own', () => {
  for (const kind of ['decode', 'prefill', 'mixed_prefill']) {
    expect(parseStepAnnotation(`capture_512_${kind}`)).toEqual({ dialect: 'capture', phase: 'capture', batchPadded: 512 })
  }
})

test('other ranges are not steps', () => {
  const others = [
    'ProfilerStep#6',
    '## Call CompiledFxGraph fabc ##',
    'nccl:all_reduce',
    'execute_diffusion_step_3',
    'execute_context_',
    '',
    'decode',
    'step[]',
  ]
  for (const text of others) expect(parseStepAnnotation(text)).toBeUndefined()
})
