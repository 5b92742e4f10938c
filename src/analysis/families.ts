/** Which family a kernel belongs to: rules as data, order without meaning, doubt as `unknown`. */
import type { KernelFamilies, KernelFamilyRule, KernelRole } from '#formats/kernel-families.ts'
import type { KernelName } from '#model/timeline.ts'

export interface KnownFamily {
  readonly family: string
  readonly role: KernelRole
  readonly ruleId: string
}

/** No rule matches, or several do that none settles (`ruleIds` names them). */
export interface UnknownFamily {
  readonly family: undefined
  readonly ruleIds: readonly string[]
}

export type FamilyAnswer = KnownFamily | UnknownFamily

interface CompiledRule extends KnownFamily {
  readonly patterns: RegExp
  readonly except: RegExp | undefined
  readonly yieldsTo: ReadonlySet<string>
  readonly overrides: ReadonlySet<string>
}

/** Rules ready to match, and the answers given so far: names repeat across captures. */
export interface FamilyRules {
  readonly rules: readonly CompiledRule[]
  readonly answers: Map<string, FamilyAnswer>
}

/** Names beyond this are cut before matching: a hostile megabyte name must not stall a regular expression; real ones end below 8 kB. */
const MAX_MATCHED_LENGTH = 8192

const anyOf = (patterns: readonly string[]): RegExp => new RegExp(patterns.map((pattern) => `(?:${pattern})`).join('|'))

function compileRule(rule: KernelFamilyRule): CompiledRule {
  return {
    family: rule.family,
    role: rule.role,
    ruleId: rule.id,
    patterns: anyOf(rule.patterns),
    except: rule.except === undefined ? undefined : anyOf(rule.except),
    yieldsTo: new Set(rule.yieldsTo),
    overrides: new Set(rule.overrides),
  }
}

/** Compiles the parsed file. Throws on a duplicate id or a pattern that is no regular expression: both are bugs in the file. */
export function compileFamilies(families: KernelFamilies): FamilyRules {
  const ids = new Set<string>()
  for (const { id } of families.rules) {
    if (ids.has(id)) throw new Error(`kernel family rule ${id} stands twice`)
    ids.add(id)
  }
  return { rules: families.rules.map(compileRule), answers: new Map() }
}

const yields = (rule: CompiledRule, other: CompiledRule): boolean =>
  rule !== other &&
  (rule.yieldsTo.has('*') || rule.yieldsTo.has(other.ruleId) || other.overrides.has('*') || other.overrides.has(rule.ruleId))

/** Family, role and rule of a kernel by its demangled name; independent of the order of the rules. */
export function classifyKernel(name: string, families: FamilyRules): FamilyAnswer {
  const known = families.answers.get(name)
  if (known !== undefined) return known
  const text = name.length > MAX_MATCHED_LENGTH ? name.slice(0, MAX_MATCHED_LENGTH) : name
  const matching = families.rules.filter((rule) => rule.patterns.test(text) && rule.except?.test(text) !== true)
  const standing = matching.filter((rule) => !matching.some((other) => yields(rule, other)))
  const [only] = standing
  const answer: FamilyAnswer =
    only !== undefined && standing.length === 1
      ? { family: only.family, role: only.role, ruleId: only.ruleId }
      : { family: undefined, ruleIds: standing.map(({ ruleId }) => ruleId).sort() }
  families.answers.set(name, answer)
  return answer
}

/** A kernel by every name it has: the fullest first, the short and mangled ones where that says nothing. */
export function classifyKernelName(kernel: KernelName, families: FamilyRules): FamilyAnswer {
  const answer = classifyKernel(kernel.name, families)
  if (answer.family !== undefined || answer.ruleIds.length > 0) return answer
  return kernel.shortName === kernel.name ? answer : classifyKernel(kernel.shortName, families)
}

/** 1 for each kernel name id that communicates: what `prepareSweep` takes. */
export function communicationNames(names: readonly KernelName[], families: FamilyRules): Uint8Array {
  return Uint8Array.from(names, (kernel) => {
    const answer = classifyKernelName(kernel, families)
    return answer.family !== undefined && answer.role === 'communication' ? 1 : 0
  })
}
