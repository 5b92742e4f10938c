/** What a person must know before using a number, collected while measuring; equal findings about several GPUs are one. */
import type { DcgmFinding } from '#formats/dcgm-measurement.ts'

export class FindingList {
  readonly #found = new Map<string, { severity: DcgmFinding['severity']; code: string; text: string; gpus: Set<string> }>()

  add(severity: DcgmFinding['severity'], code: string, text: string, gpu?: string): void {
    const key = `${code}\n${text}`
    const known = this.#found.get(key) ?? { severity, code, text, gpus: new Set() }
    this.#found.set(key, known)
    if (gpu !== undefined) known.gpus.add(gpu)
  }

  /** Errors first, then by code and text. */
  list(): DcgmFinding[] {
    const rank = { error: 0, warning: 1, info: 2 }
    return [...this.#found.values()]
      .map(({ gpus, ...finding }) => ({ ...finding, ...(gpus.size === 0 ? {} : { gpus: [...gpus].sort() }) }))
      .sort((a, b) => rank[a.severity] - rank[b.severity] || (`${a.code} ${a.text}` < `${b.code} ${b.text}` ? -1 : 1))
  }
}
