/** Event categories of every age of the profiler, and what each becomes. */
import { type ByteWindow, TextInterner } from './text-interner.ts'
import { type EventMachine, textKinds } from './wasm/event-machine.ts'

export const categoryKinds = [
  'counted',
  'kernel',
  'memcpy',
  'memset',
  'host-call',
  'annotation',
  'device-annotation',
  'operator',
  'python',
  'overhead',
  'sync',
] as const
export type CategoryKind = (typeof categoryKinds)[number]

/** Lower-case names: traces before 2022 wrote `Kernel`, `Operator`, `Runtime` (traps C6). */
const KINDS: ReadonlyMap<string, CategoryKind> = new Map<string, CategoryKind>([
  ['kernel', 'kernel'],
  ['concurrent_kernel', 'kernel'],
  ['gpu_memcpy', 'memcpy'],
  ['memcpy', 'memcpy'],
  ['gpu_memset', 'memset'],
  ['memset', 'memset'],
  ['cuda_runtime', 'host-call'],
  ['cuda_driver', 'host-call'],
  ['hip_runtime', 'host-call'],
  ['runtime', 'host-call'],
  ['driver', 'host-call'],
  ['user_annotation', 'annotation'],
  ['gpu_user_annotation', 'device-annotation'],
  ['cpu_op', 'operator'],
  ['hpu_op', 'operator'],
  ['operator', 'operator'],
  ['python_function', 'python'],
  ['overhead', 'overhead'],
  ['cuda_sync', 'sync'],
])

/** Known and deliberately only counted: none of them is device work or a host range (traps C7, C8, C13). */
const COUNTED = new Set([
  '(none)',
  'trace',
  'ac2g',
  'async',
  'async_gpu',
  'async_cpu_to_gpu',
  'async_cpu_to_cpu',
  'fwdbwd',
  'forward_backward',
  'cpu_instant_event',
  'external_correlation',
  'cuda_event',
  'cuda_profiler_range',
  'collective_comm',
  'hardware_counters',
])

/** Whether the profiler writes (or wrote) events of this category. */
export function isProfilerCategory(name: string): boolean {
  const lower = name.toLowerCase()
  return KINDS.has(lower) || COUNTED.has(lower)
}

export class Categories {
  readonly #interner = new TextInterner(1024)
  readonly kinds: number[] = []

  constructor() {
    this.#kindOf(this.#interner.idOf('(none)'))
  }

  /** Id of the category written at `bytes[start, end)` of the window; 0 is "none". */
  find(window: ByteWindow, start: number, end: number): number {
    const id = this.#interner.find(window, start, end)
    if (id >= this.kinds.length) this.#kindOf(id)
    return id
  }

  teach(machine: EventMachine): void {
    this.#interner.teach(machine, textKinds.category)
  }

  name(id: number): string {
    return this.#interner.texts[id] ?? ''
  }

  isKnown(id: number): boolean {
    return isProfilerCategory(this.name(id))
  }

  #kindOf(id: number): void {
    this.kinds[id] = categoryKinds.indexOf(KINDS.get(this.name(id).toLowerCase()) ?? 'counted')
  }
}
