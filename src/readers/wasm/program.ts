/** A WebAssembly program and its memory. */

/** What is used of the global that neither the language's own library nor Node's declares. */
interface WebAssemblyGlobal {
  readonly Memory: new (descriptor: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> }
}

const PAGE_BYTES = 65536

export interface StartedProgram {
  readonly memory: ArrayBuffer
  /** The exported function. */
  readonly run: unknown
}

/**
 * A memory of `bytes` bytes, and the program that `make` assembles for it. Undefined where the runtime has no WebAssembly, or no address
 * space left for it: each memory reserves gigabytes of it (ulimit -v).
 */
export function startProgram(bytes: number, make: (memory: ArrayBuffer) => Uint8Array): StartedProgram | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyGlobal }).WebAssembly
  if (api === undefined) return undefined
  const initial = Math.ceil(bytes / PAGE_BYTES)
  try {
    const memory = new api.Memory({ initial, maximum: initial })
    const { run } = new api.Instance(new api.Module(make(memory.buffer)), { env: { memory } }).exports
    return { memory: memory.buffer, run }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
