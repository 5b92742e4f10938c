import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalPciAddress, canonicalUuid, compareDevices, type DeviceIdentity, joinDevices } from './device-identity.ts'

const device = (identity: Partial<DeviceIdentity>): DeviceIdentity => ({ pids: [], ...identity })
const state = (a: Partial<DeviceIdentity>, b: Partial<DeviceIdentity>, sameProcess = false) =>
  compareDevices(device(a), device(b), sameProcess).state

test('a UUID settles it, however it is spelled; nothing else overrules it', () => {
  expect(canonicalUuid('GPU-EC1F7CC3-866E')).toBe('ec1f7cc3-866e')
  expect(state({ uuid: 'a', ordinal: 0 }, { uuid: 'a', ordinal: 5 })).toBe('same')
  expect(state({ uuid: 'a', ordinal: 0, host: 'n', pciAddress: 'x' }, { uuid: 'b', ordinal: 0, host: 'n', pciAddress: 'x' }, true)).toBe(
    'different',
  )
})

test('a PCI address is of a host: equal addresses in unknown hosts prove nothing', () => {
  expect([canonicalPciAddress('00000000:4E:00.0'), canonicalPciAddress('0000:4e:00.0'), canonicalPciAddress('4e:0')]).toEqual([
    '0000:4e:00.0',
    '0000:4e:00.0',
    '0000:4e:00.0',
  ])
  expect(canonicalPciAddress('not an address')).toBeUndefined()
  const at = (host?: string) => ({ pciAddress: '0000:4e:00.0', ...(host === undefined ? {} : { host }) })
  expect([state(at('n1'), at('n1')), state(at('n1'), at('n2')), state(at(), at())]).toEqual(['same', 'different', 'unknown'])
})

test('trap B6: two processes that each call their GPU device 0 are not one GPU; one process’s device 0 is', () => {
  expect(state({ ordinal: 0, name: 'H100', pids: [111] }, { ordinal: 0, name: 'H100', pids: [112] })).toBe('unknown')
  expect(state({ ordinal: 0, pids: [111] }, { ordinal: 0, pids: [111] }, true)).toBe('same')
})

test('trap E3: GPU 0 of two hosts is two GPUs; an equal model is no equal device, another model is another', () => {
  expect(state({ ordinal: 0, host: 'n1' }, { ordinal: 0, host: 'n2' })).toBe('different')
  expect(state({ ordinal: 0, host: 'n1' }, { ordinal: 0, host: 'n1' })).toBe('same')
  expect(state({ name: 'NVIDIA H100 80GB HBM3' }, { name: 'H100 80GB HBM3' })).toBe('unknown')
  expect(state({ name: 'NVIDIA H100 80GB HBM3' }, { name: 'NVIDIA H200' })).toBe('different')
})

test('a MIG slice is not its device', () => {
  expect(state({ uuid: 'a', instance: '3' }, { uuid: 'a' })).toBe('different')
  expect(state({ uuid: 'a', instance: '3' }, { uuid: 'a', instance: '3' })).toBe('same')
})

const identities = fc.array(
  fc
    .record({
      uuid: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
      host: fc.option(fc.constantFrom('n1', 'n2'), { nil: undefined }),
      pciAddress: fc.option(fc.constantFrom('0000:01:00.0', '0000:02:00.0'), { nil: undefined }),
      ordinal: fc.option(fc.integer({ min: 0, max: 1 }), { nil: undefined }),
      name: fc.option(fc.constantFrom('H100', 'H200'), { nil: undefined }),
      instance: fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
    })
    .map((each) => device(Object.fromEntries(Object.entries(each).filter(([, value]) => value !== undefined)))),
  { maxLength: 5 },
)

test('symmetric, and every device is matched, ambiguous or unmatched, once', () => {
  fc.assert(
    fc.property(identities, identities, fc.boolean(), (left, right, sameProcess) => {
      for (const a of left)
        for (const b of right) expect(compareDevices(a, b, sameProcess).state).toBe(compareDevices(b, a, sameProcess).state)
      const join = joinDevices(left, right, sameProcess)
      const indices = (length: number) => Array.from({ length }, (_, index) => index)
      const sorted = (...lists: readonly (readonly number[])[]) => lists.flat().sort((a, b) => a - b)
      expect(
        sorted(
          join.matched.map((each) => each.left),
          join.ambiguousLeft,
          join.unmatchedLeft,
        ),
      ).toEqual(indices(left.length))
      expect(
        sorted(
          join.matched.map((each) => each.right),
          join.ambiguousRight,
          join.unmatchedRight,
        ),
      ).toEqual(indices(right.length))
    }),
  )
})
