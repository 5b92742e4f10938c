/** Finds the kernel of one source that is a kernel of another: the same code under the names that different tools print. */
import { shortKernelName } from '#model/kernel-name.ts'
import { normalizedKernelName } from '#model/normalized-kernel-name.ts'

/** Exact name first, then the normalised, then the short one; a name that fits several kernels fits none. */
export class KernelIdentities<T extends { readonly name: string }> {
  readonly #levels: readonly { readonly key: (name: string) => string; readonly kernels: ReadonlyMap<string, T | 'ambiguous'> }[]

  constructor(kernels: readonly T[]) {
    const keys = [(name: string) => name, normalizedKernelName, shortKernelName]
    this.#levels = keys.map((key) => {
      const byKey = new Map<string, T | 'ambiguous'>()
      for (const kernel of kernels) {
        const at = key(kernel.name)
        byKey.set(at, byKey.has(at) ? 'ambiguous' : kernel)
      }
      return { key, kernels: byKey }
    })
  }

  find(name: string): T | 'ambiguous' | undefined {
    let found: T | 'ambiguous' | undefined
    for (const { key, kernels } of this.#levels) {
      const at = kernels.get(key(name))
      if (at !== undefined && at !== 'ambiguous') return at
      found ??= at
    }
    return found
  }
}
