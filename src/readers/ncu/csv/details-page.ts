/** `--page details`: a row per metric or rule of a launch. Layouts: up to 2021 with `Kernel Time`, later with sizes, device and rules. */
import type { CounterResult, RuleMessage, RuleMessageKind, RuleOutcome } from '#model/kernel-counters.ts'
import { roleOfLabel } from '#readers/ncu/metric-roles.ts'
import { cellNumber } from './cell-number.ts'
import { type DetailColumn, type Header, isHeader, type LaunchColumn } from './header.ts'
import type { PageContext } from './page-context.ts'
import type { CsvRecords } from './records.ts'
import { scaled, unitScale } from './unit-scale.ts'

const ruleKinds: Readonly<Record<string, RuleMessageKind>> = { OPT: 'optimization', WRN: 'warning', ERR: 'error', OK: 'ok', INF: 'none' }

interface OpenLaunch {
  readonly key: string
  readonly result: CounterResult
  readonly rules: RuleOutcome[]
}

class DetailsPage {
  readonly #context: PageContext
  readonly #records: CsvRecords
  readonly #place: ReadonlyMap<string, number>
  /** Section, label and unit of a row -> metric id: the same few hundred in every launch. */
  readonly #ids = new Map<string, { readonly id: number; readonly factor: number }>()
  readonly #unitOfName = new Map<string, string>()
  #open: OpenLaunch | undefined

  constructor(header: Header, records: CsvRecords, context: PageContext) {
    this.#context = context
    this.#records = records
    this.#place = new Map(header.names.map((name, index) => [name, index] as const))
  }

  cell(column: LaunchColumn | DetailColumn): string | undefined {
    return this.#records.cells[this.#place.get(column) ?? -1]
  }

  row(): void {
    const key = `${this.cell('ID') ?? ''} ${this.cell('Process ID') ?? ''}`
    if (this.#open?.key !== key) {
      this.close()
      this.#open = { key, result: this.#context.launches.result((column) => this.cell(column)), rules: [] }
    }
    if ((this.cell('Metric Name') ?? '') !== '') this.#metric()
    if ((this.cell('Rule Name') ?? '') !== '') this.#rule(this.#open.rules)
  }

  close(): void {
    if (this.#open === undefined) return
    const { result, rules } = this.#open
    this.#context.columns.result({ ...result, rules })
    this.#open = undefined
  }

  #metric(): void {
    const { columns, commas } = this.#context
    const { id, factor } = this.#identify()
    const text = this.cell('Metric Value') ?? ''
    const value = cellNumber(text, commas)
    if (value === undefined) columns.text(id, text)
    else columns.number(id, scaled(value, factor))
  }

  /** "Memory Throughput" stands on one page in % and in byte/s: section, label and unit together are the metric. */
  #identify(): { readonly id: number; readonly factor: number } {
    const section = this.cell('Section Name') ?? ''
    const label = this.cell('Metric Name') ?? ''
    const printed = this.cell('Metric Unit') ?? ''
    const key = `${section}\n${label}\n${printed}`
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const { unit = '', factor } = unitScale(printed)
    const role = roleOfLabel(label, unit)
    const plain = section === '' ? label : `${section} / ${label}`
    const owner = this.#unitOfName.get(plain)
    if (owner === undefined) this.#unitOfName.set(plain, unit)
    const name = owner === undefined || owner === unit ? plain : `${plain} [${unit === '' ? 'no unit' : unit}]`
    const id = this.#context.metricId({
      name,
      ...(unit === '' ? {} : { unit }),
      ...(section === '' ? {} : { section }),
      ...(role === undefined ? {} : { role }),
    })
    if (section !== '') this.#context.sections.add(section)
    const found = { id, factor }
    this.#ids.set(key, found)
    return found
  }

  /** Rows of one rule are messages of one outcome. */
  #rule(rules: RuleOutcome[]): void {
    const identifier = this.cell('Rule Name') ?? ''
    const section = this.cell('Section Name')
    const message = this.#message()
    const last = rules.at(-1)
    if (last !== undefined && last.identifier === identifier && last.section === section) {
      rules[rules.length - 1] = { ...last, messages: [...last.messages, message] }
      return
    }
    rules.push({ identifier, title: identifier, ...(section === undefined ? {} : { section }), messages: [message] })
  }

  #message(): RuleMessage {
    const scope = this.cell('Estimated Speedup Type')?.toLowerCase() ?? ''
    const percent = cellNumber(this.cell('Estimated Speedup') ?? '', this.#context.commas)
    return {
      kind: ruleKinds[this.cell('Rule Type') ?? ''] ?? 'none',
      text: this.cell('Rule Description') ?? '',
      ...(percent === undefined || !Number.isFinite(percent)
        ? {}
        : { speedup: { scope: scope === 'local' || scope === 'global' ? scope : 'unknown', ratio: scaled(percent, 0.01) } }),
      focusMetrics: [],
    }
  }
}

/** Adds the rows up to the next header, which is left in `records.cells`; false at the end of the text. */
export function readDetailsPage(header: Header, records: CsvRecords, context: PageContext): boolean {
  const page = new DetailsPage(header, records, context)
  if (header.names.includes('Rule Name')) context.holdsRules = true
  let again = false
  while (records.next()) {
    if (isHeader(records.cells)) {
      again = true
      break
    }
    // A row cut by the end of a log still has its first cells: without a value it says nothing.
    if (records.cells.length < header.names.length && (page.cell('Metric Value') ?? page.cell('Rule Description')) === undefined) {
      context.losses.add('cut-rows', 1, 'rows with fewer cells than the header: left out')
      continue
    }
    page.row()
  }
  page.close()
  return again
}
