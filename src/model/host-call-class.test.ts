import { expect, test } from 'vitest'
import { hostCallName } from '#model/host-call-class.ts'

const classOf = (raw: string) => hostCallName(raw).class

test('version and stream suffixes do not hide a launch', () => {
  expect(hostCallName('cudaLaunchKernel_v7000')).toEqual({ raw: 'cudaLaunchKernel_v7000', name: 'cudaLaunchKernel', class: 'launch' })
  expect(hostCallName('cudaLaunchKernel_ptsz_v7000').name).toBe('cudaLaunchKernel')
  expect(hostCallName('cudaStreamGetCaptureInfo_v2_v11030').name).toBe('cudaStreamGetCaptureInfo')
  expect(hostCallName('cudaGetDeviceProperties_v2_v12000').name).toBe('cudaGetDeviceProperties')
})

test.each([
  [
    'launch',
    'cudaLaunchKernelExC_v11060 cudaLaunchCooperativeKernel cuLaunchKernel cuLaunchKernelEx cudaLaunch hipLaunchKernel hipExtLaunchKernel',
  ],
  [
    'launch',
    'hipExtModuleLaunchKernel hipModuleLaunchKernel hipHccModuleLaunchKernel hipLaunchCooperativeKernel hipModuleLaunchCooperativeKernel',
  ],
  ['graph-launch', 'cudaGraphLaunch_v10000 hipGraphLaunch cuGraphLaunch'],
  ['sync', 'cudaDeviceSynchronize_v3020 cudaStreamSynchronize_ptsz_v7000 cudaEventSynchronize cuCtxSynchronize hipStreamSynchronize'],
  ['memcpy', 'cudaMemcpy cudaMemcpyAsync_v3020 cuMemcpyHtoDAsync_v2 hipMemcpyWithStream cudaMemcpyToSymbol'],
  ['memset', 'cudaMemsetAsync_v3020 cuMemsetD32Async hipMemsetAsync'],
  ['event', 'cudaEventRecord_v3020 cudaEventQuery cudaStreamWaitEvent_v3020 hipEventRecord cuEventRecord'],
  [
    'allocation',
    'cudaMalloc_v3020 cudaFreeHost cudaHostAlloc cudaMallocAsync cuMemAlloc_v2 hipHostMalloc hipExtMallocWithFlags cuMemCreate hipFree',
  ],
  ['wait', 'poll futex sem_wait pthread_cond_wait read epoll_wait nanosleep clock_nanosleep pthread_mutex_lock waitpid'],
  [
    'other',
    'cudaGetDevice cuInit ioctl write cudaGraphInstantiate cudaLaunchHostFunc cudaStreamIsCapturing pthread_cond_signal [Unknown] cuInit cup',
  ],
])('%s: %s', (expected, names) => {
  for (const name of names.split(' ')) expect([name, classOf(name)]).toEqual([name, expected])
})
