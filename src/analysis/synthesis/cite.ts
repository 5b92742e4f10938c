/**
 * Figures on their way into a synthesis: each is read at its place in the answer of a command and never typed in, so that it cannot
 * differ from what `verify` finds when it runs the command again.
 */
import { resolveJsonPointer } from '#base/json-pointer.ts'
import type { Citation, SourceReference } from '#formats/source.ts'
import { calculate, type Operation } from './arithmetic.ts'
import type { Cited } from './evidence.ts'

type Json = Citation['input'][string]

/** The answer of one command over named artifacts. */
export interface Document<T = unknown> {
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
  readonly output: T
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

  /**
   * A figure that follows from cited ones. Its citation is of the command `arithmetic@1`: `input.operation` over `input.of`, each the id of a
   * citation or a plain number. Undefined where an operand is, or where the result is not finite.
   */
  derive(operation: Operation, operands: readonly (Cited | number | undefined)[]): Cited | undefined {
    const known = operands.filter((each) => each !== undefined)
    if (known.length < operands.length) return undefined
    const value = calculate(
      operation,
      known.map((each) => (typeof each === 'number' ? each : each.value)),
    )
    const cited = known.flatMap((each) => (typeof each === 'number' ? [] : (this.of(each.citation) ?? [])))
    const [first] = cited
    if (value === undefined || first === undefined) return undefined
    const of = known.map((each) => (typeof each === 'number' ? each : each.citation))
    const id = this.#idBy(`${operation} ${of.join(' ')}`, () => ({
      artifacts: distinct(cited.flatMap(({ artifacts }) => artifacts)),
      command: 'arithmetic@1',
      input: { operation, of },
      pointer: '',
      value,
      tier: weakest(cited.map(({ tier }) => tier)),
      standing: 'DRAFT',
      context: first.context,
    }))
    return { value, citation: id }
  }

  #idOf(document: Document, pointer: string, value: Citation['value']): string {
    const place = this.#documents.get(document) ?? this.#documents.size
    this.#documents.set(document, place)
    return this.#idBy(`${place} ${pointer}`, () => citationOf(document, pointer, value))
  }

  #idBy(key: string, make: () => Citation): string {
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = `c-${this.#ids.size + 1}`
    this.#ids.set(key, id)
    this.#citations.set(id, make())
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

const distinct = (artifacts: readonly SourceReference[]): SourceReference[] =>
  artifacts.filter(({ path, sha256 }, at) => artifacts.findIndex((other) => other.path === path && other.sha256 === sha256) === at)

/** A figure is as strong as the weakest of what it follows from. */
const weakest = (tiers: readonly Citation['tier'][]): Citation['tier'] => [...tiers].sort()[0] ?? 'L1'
