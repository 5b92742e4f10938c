/**
 * Figures on their way into a synthesis: each is read at its place in the answer of a command and never typed in, so that it cannot
 * differ from what `verify` finds when it runs the command again.
 */
import { resolveJsonPointer } from '#base/json-pointer.ts'
import type { Citation, SourceReference } from '#formats/source.ts'
import type { Cited } from './evidence.ts'

type Json = Citation['input'][string]

/** The answer of one command over named artifacts. */
export interface Document {
  /** Words of the command line: `decode-budget`. `artifact`: no command, the JSON or YAML file itself is the document. */
  readonly command: string
  /** Of the program; of an `artifact`, `1`. */
  readonly version: string
  /** As the command takes it; files by their path in the bundle, `/` between parts. */
  readonly input: Readonly<Record<string, Json>>
  /** What it was computed from: one at least. */
  readonly artifacts: readonly SourceReference[]
  /** How strong its figures are. */
  readonly tier: Citation['tier']
  /** Context descriptor of the measurement, as far as it is known. */
  readonly context?: Readonly<Record<string, Json>>
  readonly output: unknown
}

/** Hands out ids in the order of first use, each place of a document once. Same documents and order of asking, same ids. */
export class CitationBook {
  readonly #ids = new Map<string, string>()
  readonly #citations = new Map<string, Citation>()
  readonly #documents = new Map<Document, number>()

  /** The number at `pointer`, cited. Undefined where there is none: missing, text, or not finite. */
  cite(document: Document | undefined, pointer: string): Cited | undefined {
    if (document === undefined) return undefined
    const value = resolveJsonPointer(document.output, pointer)
    if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
    return { value, citation: this.#idOf(document, pointer, value) }
  }

  /** Id of the text or flag at `pointer`; undefined where there is none. */
  citeText(document: Document | undefined, pointer: string): string | undefined {
    if (document === undefined) return undefined
    const value = resolveJsonPointer(document.output, pointer)
    return typeof value === 'string' || typeof value === 'boolean' ? this.#idOf(document, pointer, value) : undefined
  }

  #idOf(document: Document, pointer: string, value: Citation['value']): string {
    const place = this.#documents.get(document) ?? this.#documents.size
    this.#documents.set(document, place)
    const key = `${place} ${pointer}`
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = `c-${this.#ids.size + 1}`
    this.#ids.set(key, id)
    this.#citations.set(id, citationOf(document, pointer, value))
    return id
  }

  /** Undefined where nothing was cited under this id. */
  of(id: string): Citation | undefined {
    return this.#citations.get(id)
  }

  /** Every citation handed out so far, by id, in order of first use. */
  citations(): Record<string, Citation> {
    return Object.fromEntries(this.#citations)
  }
}

function citationOf({ artifacts, command, version, input, tier, context }: Document, pointer: string, value: Citation['value']): Citation {
  return {
    artifacts: [...artifacts],
    command: `${command}@${version}`,
    input: { ...input },
    pointer,
    value,
    tier,
    // Measured, but what is derived from it is a prediction until a trial proves it.
    standing: 'DRAFT',
    context: { ...context },
  }
}
