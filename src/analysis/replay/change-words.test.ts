import { expect, it } from 'vitest'
import { isSextantError } from '#base/errors.ts'
import { parseChange } from './change-words.ts'

const families = { names: ['nccl', 'moe-gemm'], ofName: Int32Array.from([0, 1, 1]) }
const refusal = (text: string): { code: string; hint: string } | undefined => {
  try {
    parseChange(text, families)
    return undefined
  } catch (error) {
    return isSextantError(error) ? { code: error.code, hint: error.hint } : undefined
  }
}

it('one part is a range without width', () => {
  expect(parseChange('host=0.5', families).changes).toEqual([{ kind: 'scale-host', factor: [0.5, 0.5], atLeastNs: 20_000 }])
  expect(parseChange('copies=0..0.3', families).changes).toEqual([{ kind: 'scale-copies', factor: [0, 0.3] }])
})

it('a family selects its kernels alone', () => {
  const { changes, effect } = parseChange('kernels:moe-gemm=0.5..0.7', families)
  expect(changes).toEqual([{ kind: 'scale-kernels', tokens: Uint8Array.from([0, 1, 1]), factor: [0.5, 0.7] }])
  expect(effect).toBe('kernels of moe-gemm: 50 % to 70 % of their time stays')
})

it('what is joined by + happens at once', () => {
  const { changes, effect } = parseChange('copies=0+host=0.5', families)
  expect(changes.map(({ kind }) => kind)).toEqual(['scale-copies', 'scale-host'])
  expect(effect).toContain('; ')
})

it('a family that no kernel has is a mistake, with the near name', () => {
  expect(refusal('kernels:moe-gem=0.5')).toEqual({ code: 'missing_data', hint: 'Did you mean moe-gemm?' })
})

it.each([
  '',
  'host',
  'host=',
  'host=-1',
  'host=11',
  'host=0.7..0.5',
  'copies:nccl=0.5',
  'merge-launches=1',
  'kernels=1..',
  'host=1.2.3',
  'rm -rf=0',
  'host=0.5+',
])('“%s” is no change', (text) => {
  expect(refusal(text)?.code).toBe('usage')
})
