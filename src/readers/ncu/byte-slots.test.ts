import { expect, test } from 'vitest'
import { ByteSlots } from './byte-slots.ts'

test('what was kept is found by equal bytes only, or not at all; far more than there are slots change nothing', () => {
  const slots = new ByteSlots<string>()
  let found = 0
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 6000; index++) {
      const text = `kernel_${index % (round === 2 ? 300 : 6000)}<${'x'.repeat(index % 700)}>`
      const bytes = Buffer.from(`--${text}--`)
      const known = slots.find(bytes, 2, bytes.length - 2)
      if (known === undefined) slots.keep(bytes, 2, bytes.length - 2, text)
      else {
        expect(known).toBe(text)
        found++
      }
    }
  }
  expect(found).toBeGreaterThan(500)
})

test('three hundred kernels that take turns are nearly all remembered', () => {
  const slots = new ByteSlots<number>()
  const kernels = Array.from({ length: 300 }, (_, index) => Buffer.from(`void kernel_${index}<4>(const float *, int)`))
  let missed = 0
  for (let round = 0; round < 10; round++) {
    for (const [index, bytes] of kernels.entries()) {
      if (slots.find(bytes, 0, bytes.length) !== undefined) continue
      slots.keep(bytes, 0, bytes.length, index)
      missed++
    }
  }
  expect(missed).toBeLessThan(300 + 300)
})

test('what is kept does not change with the bytes that it was made of', () => {
  const slots = new ByteSlots<string>()
  const window = Buffer.from('kernel_a')
  slots.find(window, 0, 8)
  slots.keep(window, 0, 8, 'a')
  window.write('kernel_b')
  expect(slots.find(window, 0, 8)).toBeUndefined()
  window.write('kernel_a')
  expect(slots.find(window, 0, 8)).toBe('a')
})
