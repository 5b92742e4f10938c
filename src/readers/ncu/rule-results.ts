/** Results of the tool's own rules, as stored in a report. They are there only if the rules ran at capture. */
import type { FocusMetric, RuleMessage, RuleMessageKind, RuleOutcome } from '#model/kernel-counters.ts'
import { ruleMessageKinds } from '#model/kernel-counters.ts'
import type { UnknownFields, WireCursor } from './wire.ts'

/** The same rules say the same of thousands of results: one copy of each text is kept. */
class Interned {
  readonly #texts = new Map<string, string>()

  of(text: string): string {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    this.#texts.set(text, text)
    return text
  }
}

interface Draft {
  id: number
  kind: RuleMessageKind
  title?: string
  text: string
  speedup?: NonNullable<RuleMessage['speedup']>
  readonly focusMetrics: FocusMetric[]
}

const severities = ['default', 'low', 'high'] as const
const scopes = ['unknown', 'local', 'global'] as const

export class RuleResultParser {
  readonly #wire: WireCursor
  readonly #unknown: UnknownFields
  readonly #texts = new Interned()

  constructor(wire: WireCursor, unknown: UnknownFields) {
    this.#wire = wire
    this.#unknown = unknown
  }

  /** The cursor stands at the field that holds a RuleResult. */
  parse(): RuleOutcome {
    const wire = this.#wire
    const end = wire.enter()
    let identifier = ''
    let title = ''
    let section: string | undefined
    const drafts: Draft[] = []
    while (wire.next(end)) {
      if (wire.field === 1) identifier = this.#text()
      else if (wire.field === 2) title = this.#text()
      else if (wire.field === 3) this.#body(drafts)
      else if (wire.field === 4) section = this.#text()
      else if (wire.field === 5) wire.skip()
      else this.#unknown.skip(wire, 'RuleResult')
    }
    return { identifier, title, ...(section === undefined ? {} : { section }), messages: drafts.map(finished) }
  }

  #text(): string {
    return this.#texts.of(this.#wire.text())
  }

  #body(drafts: Draft[]): void {
    const wire = this.#wire
    const end = wire.enter()
    while (wire.next(end)) {
      if (wire.field === 1) this.#item(drafts)
      else wire.skip()
    }
  }

  /** One item of the body. A speed-up or focus metric in an item of its own belongs to the message before it. */
  #item(drafts: Draft[]): void {
    const wire = this.#wire
    const end = wire.enter()
    let message: Draft | undefined
    let speedup: RuleMessage['speedup']
    const focus: { readonly metric: FocusMetric; readonly message: number }[] = []
    while (wire.next(end)) {
      if (wire.field === 1) message = this.#message()
      else if (wire.field === 8) focus.push(this.#focus())
      else if (wire.field === 10) speedup = this.#speedup()
      else if (wire.field <= 11) wire.skip()
      else this.#unknown.skip(wire, 'BodyItem')
    }
    if (message !== undefined) drafts.push(message)
    const target = message ?? drafts.at(-1)
    if (target === undefined) return
    if (speedup !== undefined) target.speedup = speedup
    for (const each of focus) {
      const named = drafts.find(({ id }) => id === each.message) ?? target
      named.focusMetrics.push(each.metric)
    }
  }

  #message(): Draft {
    const wire = this.#wire
    const end = wire.enter()
    const draft: Draft = { id: -1, kind: 'none', text: '', focusMetrics: [] }
    while (wire.next(end)) {
      if (wire.field === 1) draft.text = this.#text()
      else if (wire.field === 2) draft.kind = ruleMessageKinds[wire.number()] ?? 'none'
      else if (wire.field === 3) draft.id = wire.number()
      else if (wire.field === 4) draft.title = this.#text()
      else this.#unknown.skip(wire, 'RuleMessage')
    }
    return draft
  }

  #focus(): { readonly metric: FocusMetric; readonly message: number } {
    const wire = this.#wire
    const end = wire.enter()
    let message = -1
    let name = ''
    let value = Number.NaN
    let severity: FocusMetric['severity'] = 'default'
    let note: string | undefined
    while (wire.next(end)) {
      if (wire.field === 1) message = wire.number()
      else if (wire.field === 2) name = this.#text()
      else if (wire.field === 3) value = wire.number()
      else if (wire.field === 4) severity = severities[wire.number()] ?? 'default'
      else if (wire.field === 5) note = this.#text()
      else this.#unknown.skip(wire, 'FocusMetric')
    }
    return { message, metric: { name, value, severity, ...(note === undefined ? {} : { note }) } }
  }

  /** The tool's estimate is in percent. */
  #speedup(): NonNullable<RuleMessage['speedup']> {
    const wire = this.#wire
    const end = wire.enter()
    let scope: (typeof scopes)[number] = 'unknown'
    let ratio = Number.NaN
    while (wire.next(end)) {
      if (wire.field === 1) scope = scopes[wire.number()] ?? 'unknown'
      else if (wire.field === 2) ratio = wire.number() / 100
      else this.#unknown.skip(wire, 'Speedup')
    }
    return { scope, ratio }
  }
}

function finished({ kind, title, text, speedup, focusMetrics }: Draft): RuleMessage {
  return {
    kind,
    text,
    ...(title === undefined || title === '' ? {} : { title }),
    ...(speedup === undefined || !Number.isFinite(speedup.ratio) ? {} : { speedup }),
    focusMetrics,
  }
}
