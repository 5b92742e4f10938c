/** What a host call does, from its name: one classifier for every vendor's runtime, driver and operating-system calls. */
import type { HostCallClass, HostCallName } from '#model/timeline.ts'

/**
 * CUPTI appends the version that introduced the entry point (`cudaLaunchKernel_v7000`, `cudaStreamGetCaptureInfo_v2_v11030`)
 * and the per-thread default stream variant (`_ptsz`, `_ptds`). Neither changes what the call does.
 */
const SUFFIXES = /(?:_v\d+|_ptsz|_ptds)+$/

/** First match wins: graph launch before launch, host functions before kernels, memset and memcpy before allocation. */
const RUNTIME_CLASSES: readonly (readonly [RegExp, HostCallClass])[] = [
  [/^(?:cuda|cu|hip)GraphLaunch$/, 'graph-launch'],
  [/LaunchHostFunc/, 'other'],
  [/^(?:cuda|cu|hip|hipExt|hipModule|hipExtModule|hipHccModule)Launch(?:$|Kernel|Cooperative|Grid|ByPtr|MultiKernel)/, 'launch'],
  [/^hip(?:Ext)?(?:Module)?LaunchCooperativeKernel/, 'launch'],
  [/^(?:cuda|cu|hip)(?:Device|Stream|Event|Ctx|Thread)Synchronize/, 'sync'],
  [/^(?:cuda|cu|hip)(?:Graph)?Memcpy|^(?:cuda|cu|hip)MemPrefetch/, 'memcpy'],
  [/^(?:cuda|cu|hip)Memset/, 'memset'],
  [/^(?:cuda|cu|hip)(?:StreamWaitEvent|Event[A-Z])/, 'event'],
  [/^(?:cuda|hip|hipExt)(?:Malloc|Free|Host(?:Alloc|Malloc|Free|Register|Unregister))/, 'allocation'],
  [/^(?:cuda|hip)MemPool(?:Create|Destroy|TrimTo)/, 'allocation'],
  [
    /^(?:cu|hip)Mem(?:Alloc|Free|Create|Release|Map|Unmap|AddressReserve|AddressFree|SetAccess|Host|Pool(?:Create|Destroy|TrimTo))/,
    'allocation',
  ],
]

const RUNTIME_PREFIX = /^(?:cuda|cu|hip)[A-Z]/

/** Calls in which a thread may sit and wait for another thread, a descriptor, a child or a clock: what a late host looks like. */
const WAITS = new Set(
  (
    'poll ppoll select pselect epoll_wait epoll_pwait epoll_pwait2 futex ' +
    'sem_wait sem_timedwait sem_clockwait pthread_cond_wait pthread_cond_timedwait pthread_cond_clockwait ' +
    'pthread_mutex_lock pthread_mutex_timedlock pthread_spin_lock pthread_rwlock_rdlock pthread_rwlock_wrlock pthread_rwlock_timedrdlock ' +
    'pthread_rwlock_timedwrlock pthread_barrier_wait pthread_join pthread_timedjoin_np pthread_tryjoin_np thrd_join mtx_lock cnd_wait cnd_timedwait ' +
    'nanosleep clock_nanosleep usleep sleep pause sigwait sigwaitinfo sigtimedwait sigsuspend ' +
    'read readv pread pread64 preadv fread recv recvfrom recvmsg recvmmsg accept accept4 msgrcv mq_receive mq_timedreceive ' +
    'wait wait3 wait4 waitpid waitid flock lockf io_getevents io_uring_enter sched_yield'
  ).split(' '),
)

/** The name without version and per-thread-stream suffixes. */
export function stripCallSuffix(raw: string): string {
  return raw.replace(SUFFIXES, '')
}

/** The class of a call by its stripped name; `other` when nothing says more. */
export function classifyHostCall(name: string): HostCallClass {
  if (!RUNTIME_PREFIX.test(name)) return WAITS.has(name.replace(/^_+/, '')) ? 'wait' : 'other'
  for (const [pattern, kind] of RUNTIME_CLASSES) if (pattern.test(name)) return kind
  return 'other'
}

/** A recorded name with its stripped form and class: what readers intern, once per distinct name. */
export function hostCallName(raw: string): HostCallName {
  const name = stripCallSuffix(raw)
  return { raw, name, class: classifyHostCall(name) }
}
