import { expect, test } from 'vitest'
import { timelineFromText } from '#model/from-text.ts'

test('a drawing becomes columns', () => {
  const timeline = timelineFromText(
    `kernels device=1 stream=9 corr=5,6 : A--.B
     memcpy  kind=device-to-host bytes=64 : .C-
     host    thread=3 corr=5 : L-`,
    { nsPerCell: 10, names: { A: 'gemm', L: 'cudaLaunchKernel_v7000' } },
  )
  expect([...timeline.kernels.startNs]).toEqual([0, 40])
  expect([...timeline.kernels.durationNs]).toEqual([30, 10])
  expect([...(timeline.kernels.correlation ?? [])]).toEqual([5, 6])
  expect(timeline.kernelNames.map(({ name }) => name)).toEqual(['gemm', 'B'])
  expect(timeline.devices.map(({ ordinal }) => ordinal)).toEqual([1, 0])
  expect(timeline.lanes[0]).toEqual({ process: 0, device: 0, context: 1, stream: 9 })
  expect([...timeline.memcpys.bytes]).toEqual([64])
  expect(timeline.hostCallNames[0]).toMatchObject({ name: 'cudaLaunchKernel', class: 'launch' })
  expect(timeline.ranges).toBeUndefined()
})

test('a line that is none is refused', () => {
  expect(() => timelineFromText('kernels A--')).toThrow('not a timeline line')
})
