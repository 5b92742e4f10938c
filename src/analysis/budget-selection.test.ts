import { expect, test } from 'vitest'
import { buildCapture } from '../../tests/support/build-capture.ts'
import { requireSelection } from './budget-selection.ts'

const capture = { capture: buildCapture({ kernels: [{ start: 0, duration: 5 }] }) }

test('what is there can be selected', () => {
  expect(() => requireSelection([capture], {})).not.toThrow()
  expect(() => requireSelection([capture], { device: 0 })).not.toThrow()
})

test('an empty selection says what there is', () => {
  expect(() => requireSelection([capture], { device: 7 })).toThrow(/no device 7: devices here are/)
  expect(() => requireSelection([capture], { rank: 1 })).toThrow(/no capture says its rank/)
  expect(() => requireSelection([{ capture: { ...capture.capture, rank: 0 } }], { rank: 1 })).toThrow(/ranks here are 0/)
})
