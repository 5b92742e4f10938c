import { expect, test } from 'vitest'
import type { Krhpa } from '#formats/krhpa.ts'
import type { LedgerRow } from '#formats/ledger.ts'
import { krhpaOf, unfairBaseline } from './krhpa.ts'

const SERVES = 'void cutlass::gemm_kernel<128, 128>(Params)'
/** The worked failure of the facts: a kernel of R2/H1 against a generic one, and against the one that serves. */
const candidate = { K: 4, R: 2, H: 1, P: 2, A: 1, name: 'warp-decode' }
const serving = { K: 4, R: 2, H: 4, P: 4, A: 1, name: SERVES }
const kernelRow = (krhpa: Krhpa | undefined): Pick<LedgerRow, 'type' | 'krhpa' | 'change'> => ({
  type: 'kernel',
  ...(krhpa === undefined ? {} : { krhpa }),
  change: { summary: 'x', sideEffects: [], kernel: { candidate: 'warp-decode', baseline: SERVES } },
})

test('a win over a baseline of lower H or R is no win; of equal or higher ones it is', () => {
  expect(unfairBaseline(kernelRow({ candidate, baseline: serving }))).toBeUndefined()
  expect(unfairBaseline(kernelRow({ candidate: { ...candidate, H: 4 }, baseline: { ...serving, H: 3 } }))).toMatch(
    /lower H .*H3 against H4/,
  )
  expect(unfairBaseline(kernelRow({ candidate, baseline: { ...serving, R: 1 } }))).toMatch(/lower R /)
  const both = unfairBaseline(kernelRow({ candidate: { ...candidate, H: 4, R: 4 }, baseline: { ...serving, H: 1, R: 1 } }))
  expect(both).toMatch(/lower H and R/)
  // K, P and A say nothing of fairness.
  expect(
    unfairBaseline(kernelRow({ candidate: { ...candidate, K: 4, P: 4, A: 4 }, baseline: { ...serving, K: 1, P: 1, A: 1 } })),
  ).toBeUndefined()
})

test('without coordinates, or over another kernel than the one that serves, nothing is won either', () => {
  expect(unfairBaseline(kernelRow(undefined))).toMatch(/not given/)
  expect(unfairBaseline(kernelRow({ candidate, baseline: { ...serving, name: 'triton_generic' } }))).toMatch(
    /is not the kernel that serves/,
  )
  expect(unfairBaseline(kernelRow({ candidate, baseline: { ...serving, name: 'cutlass::gemm_kernel' } }))).toBeUndefined()
  // Another instance of the template is another kernel, as far as both names say which.
  expect(unfairBaseline(kernelRow({ candidate, baseline: { ...serving, name: 'cutlass::gemm_kernel<64, 64>(Params)' } }))).toMatch(/is not/)
  const cut = {
    ...kernelRow({ candidate, baseline: serving }),
    change: { summary: 'x', sideEffects: [], kernel: { candidate: 'w', baseline: 'void cutlass::gemm_kernel<12…' } },
  }
  expect(unfairBaseline(cut)).toBeUndefined()
  expect(unfairBaseline({ ...kernelRow(undefined), type: 'config' })).toBeUndefined()
})

test('coordinates are taken for their own lever only', () => {
  const file = {
    schema: 'deployment/1' as const,
    engine: { name: 'vllm' as const },
    arguments: {},
    environment: {},
    krhpa: [{ lever: 'L35', candidate, baseline: serving }],
  }
  expect(krhpaOf('L35', file)).toEqual({ candidate, baseline: serving })
  expect(krhpaOf('L32', file)).toBeUndefined()
  expect(krhpaOf('L35', undefined)).toBeUndefined()
})
