import { expect, test } from 'vitest'
import { notProposedLines } from './not-proposed.ts'

const row = (lever: string, reason: string) => ({ lever, title: lever, reason })
const small = 'its ceiling is 0.1 %, below the 2.0 % that a trial of three pairs can detect'

test('reasons that levers share are said once, others in full, none is lost', () => {
  const all = [
    row('L01 a', small),
    row('L25 b', 'the kernels are those of the first choice here'),
    row('L48 c', `exposed copies: ${small}`),
    row('L27 d', 'kv-cache-dtype is fp8 (--kv-cache-dtype fp8)'),
  ]
  expect(notProposedLines(all, 10)).toEqual([
    'L25 b: the kernels are those of the first choice here',
    'L27 d: kv-cache-dtype is fp8 (--kv-cache-dtype fp8)',
    'too small for a trial of three pairs to tell: L01 a, L48 c',
  ])
  expect(notProposedLines(all, 1)).toEqual([
    'L25 b: the kernels are those of the first choice here',
    '1 more, see --json',
    'too small for a trial of three pairs to tell: L01 a, L48 c',
  ])
  expect(notProposedLines([], 5)).toEqual([])
})
