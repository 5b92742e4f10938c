import { expect, it } from 'vitest'
import { isSecret } from './secret-name.ts'

it.each(['HF_TOKEN', 'api-key', 'AWS_SECRET_ACCESS_KEY', 'arguments.api_key', 'DB_PASSWORD', 'token'])('%s is a secret', (name) => {
  expect(isSecret(name, 'x')).toBe(true)
})

it.each(['max-num-batched-tokens', 'long-prefill-token-threshold', 'tokenizer', 'VLLM_USE_FASTOKENS', 'monkey'])('%s is none', (name) => {
  expect(isSecret(name, 'x')).toBe(false)
})

it('a number is none', () => {
  expect(isSecret('spec-token', 3)).toBe(false)
})
