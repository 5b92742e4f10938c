/**
 * One spelling for the demangled names of one kernel, whoever demangled it: nsys and ncu (EDG: `const float *`, `(int)4`, `<unnamed>`,
 * `[lambda(int) (instance 1)]`, `T2` for what a template parameter stands for), kineto and zymtrace (libiberty: `float const*`, `4`,
 * `(anonymous namespace)`, `{lambda(int)#1}`), the CSV of ncu (`f<1>` for `f<(enum_t)1>`).
 *
 * Removed: return types, spaces, parameter names, anonymous namespaces, inline version namespaces, `[clone …]`, casts and suffixes of
 * literals (`true` is `1`). The parameters of a template's instance go too: they follow from its arguments, and EDG prints them as `T2`.
 * What that could make equal by mistake (two overloads of one template with equal arguments) is for the join to notice: it asks exact
 * spellings first and calls several names of one spelling ambiguous.
 */
import { afterGroup, afterOperator, isWord } from '#model/kernel-name.ts'

/** Names end below 8 kB in real captures; what is longer or deeper is hostile, and is compared as it stands. */
const MOST_CHARACTERS = 32_768
const MOST_LEVELS = 64

const anonymous =
  /\(anonymous namespace\)::|<unnamed>::|\{anonymous\}::|`anonymous[ -]namespace'::|_GLOBAL__N__\w*::|_INTERNAL_\w+::|_NV_ANON_NAMESPACE::/g
/** `std::__1::`, `cuda::std::__4::`, `std::__cxx11::`: versions of a library, not of a kernel. */
const inlineNamespace = /\b__(?:\d+|cxx11)::/g
const clone = /\s*\[clone [^\]]*\]$/

const builtin = new Set(['unsigned', 'signed', 'long', 'short', 'int', 'char', 'float', 'double', 'bool', 'void', '__int64', 'wchar_t'])
const elaborated = new Set(['class', 'struct', 'enum', 'union', 'typename', '__restrict__', '__restrict', 'restrict', '__ptr64'])
const qualifiers = new Set(['const', 'volatile'])

/** Spaces removed where they mean nothing: what two exact spellings of one tool share. */
export function spacelessName(name: string): string {
  return name
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/ (?=\W)|(?<=\W) /g, '')
}

/** Idempotent; never empty for a name that has more than noise. */
export function canonicalKernelName(name: string): string {
  if (name.length > MOST_CHARACTERS || deeperThan(name, MOST_LEVELS)) return spacelessName(name)
  const text = name.replace(clone, '').replace(/\.kd$/, '').replace(anonymous, '').replace(inlineNamespace, '').trim()
  const tokens = withoutReturnType(tokensOf(text))
  const canonical = joined(tokens)
  return canonical === '' ? spacelessName(name) : canonical
}

/** A canonical name without arguments of any kind: it may stand for every instance and overload of a function. */
export function isBareName(canonical: string): boolean {
  return !/[<({[]/.test(canonical)
}

function deeperThan(text: string, limit: number): boolean {
  let depth = 0
  for (const character of text) {
    if (character === '<' || character === '(' || character === '[' || character === '{') depth += 1
    else if (character === '>' || character === ')' || character === ']' || character === '}') depth -= 1
    if (depth > limit) return true
  }
  return false
}

/** A name, `::` included; a bracketed group, canonical inside; or a mark (`*`, `&`, `,`…). */
interface Token {
  readonly kind: 'word' | 'angle' | 'round' | 'other' | 'mark'
  readonly text: string
  /** Behind a space at this level. */
  readonly spaced: boolean
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let spaced = false
  const push = (kind: Token['kind'], canonical: string): void => {
    tokens.push({ kind, text: canonical, spaced })
    spaced = false
  }
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at)
    const operatorEnd = afterOperator(text, at)
    if (operatorEnd > at) {
      push('word', text.slice(at, operatorEnd).replace(' ', ''))
      at = operatorEnd
    } else if (/\s/.test(character)) {
      spaced = true
      at += 1
    } else if (character === '<' || character === '(' || character === '[' || character === '{') {
      const end = afterGroup(text, at)
      const closed = end <= text.length && end > at + 1 && '>)]}'.includes(text.charAt(end - 1))
      group(character, text.slice(at + 1, closed ? end - 1 : end), tokens, push)
      at = end
    } else if (isWord(text.charCodeAt(at)) || character === '~' || character === ':') {
      let end = at + 1
      while (end < text.length && (isWord(text.charCodeAt(end)) || '.:~'.includes(text.charAt(end))) && afterOperator(text, end) === end)
        end += 1
      push('word', text.slice(at, end))
      at = end
    } else {
      const lambda = llvmLambda(text, at)
      push(lambda === undefined ? 'mark' : 'other', lambda?.canonical ?? character)
      at = lambda?.end ?? at + 1
    }
  }
  return tokens
}

function group(opener: string, inside: string, before: readonly Token[], push: (kind: Token['kind'], text: string) => void): void {
  if (opener === '<') push('angle', `<${splitAtCommas(inside).map(canonicalArgument).join(',')}>`)
  else if (opener === '(') {
    const previous = before.at(-1)
    // Parameters of a template's instance: kept as a place, so that what stands before is known to be a function.
    if (previous?.kind === 'angle') push('round', '')
    else push('round', `(${parametersOf(inside)})`)
  } else push('other', lambdaOf(inside) ?? `${opener}${joined(tokensOf(inside))}${opener === '[' ? ']' : '}'}`)
}

const parametersOf = (inside: string): string =>
  splitAtCommas(inside)
    .map(canonicalArgument)
    .filter((each) => each !== 'void')
    .join(',')

/** LLVM's demangler counts `'lambda'`, `'lambda0'`, `'lambda1'`. */
function llvmLambda(text: string, at: number): { readonly canonical: string; readonly end: number } | undefined {
  lambdaMark.lastIndex = at
  const match = lambdaMark.exec(text)
  if (match === null) return undefined
  const open = at + match[0].length
  const end = afterGroup(text, open)
  const number = match[1] === '' ? 1 : Number(match[1]) + 2
  return { canonical: `{lambda(${parametersOf(text.slice(open + 1, end - 1))})#${number}}`, end }
}

const lambdaMark = /'lambda(\d*)'(?=\()/y

/** `lambda(int) (instance 2)` and `lambda(int)#2` are one. */
function lambdaOf(inside: string): string | undefined {
  const match = /^\s*lambda\s*(?=\()/.exec(inside)
  if (match === null) return undefined
  const end = afterGroup(inside, match[0].length)
  const instance = /^\s*(?:\(instance (\d+)\)|#(\d+))/.exec(inside.slice(end))
  return `{lambda(${parametersOf(inside.slice(match[0].length + 1, end - 1))})#${instance?.[1] ?? instance?.[2] ?? ''}}`
}

function splitAtCommas(text: string): string[] {
  const parts: string[] = []
  let from = 0
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at)
    const operatorEnd = afterOperator(text, at)
    if (operatorEnd > at) at = operatorEnd
    else if (character === '<' || character === '(' || character === '[' || character === '{') at = afterGroup(text, at)
    else {
      if (character === ',') {
        parts.push(text.slice(from, at))
        from = at + 1
      }
      at += 1
    }
  }
  const last = text.slice(from)
  return last.trim() === '' ? parts : [...parts, last]
}

/** A template argument or a parameter: a literal, a type, or an entity in the scope of a function. */
function canonicalArgument(argument: string): string {
  const text = argument.trim()
  const literal = literalOf(text)
  if (literal !== undefined) return literal
  const tokens = tokensOf(text).filter(({ text: word }) => !elaborated.has(word))
  // A local class or lambda: `void f<int>(T1)::[lambda() (instance 1)]` has the return type of its function in front.
  const isLocal = tokens.some(
    ({ kind, text: word }, index) => word.startsWith('::') && tokens[index - 1]?.kind === 'round' && kind === 'word',
  )
  if (isLocal) return joined(withoutReturnType(tokens))
  return joined(constBehind(builtinOrder(withoutName(tokens))))
}

/** Numbers, booleans and casts of numbers. */
function literalOf(text: string): string | undefined {
  if (text === 'true' || text === 'false') return text === 'true' ? '1' : '0'
  const match = /^(?:\((?:[^()]|\([^()]*\))*\)\s*)?(-?\d+)(?:[uU]?[lL]{0,2})$/.exec(text)
  return match?.[1]
}

/** What stands before the name of a function at this level: everything up to the last space in front of its parameters or arguments. */
function withoutReturnType(tokens: Token[]): Token[] {
  const callee = tokens.findIndex(({ kind, spaced }, index) => kind === 'round' && index > 0 && !spaced)
  const end = callee > 0 ? callee : tokens.length
  let from = 0
  for (let index = 1; index < end; index += 1) {
    const token = tokens[index]
    // `float *f`: the mark belongs to the type, the name behind it begins the function.
    const follows = tokens[index - 1]
    if (token?.kind === 'word' && (token.spaced || follows?.kind === 'mark') && isTypeEnd(follows)) from = index
  }
  return tokens.slice(from)
}

const isTypeEnd = (token: Token | undefined): boolean =>
  token !== undefined && (token.kind === 'word' || token.kind === 'angle' || (token.kind === 'mark' && '*&'.includes(token.text)))

/** `float* x` and `int n`: the name goes. A type of two words that are both no keyword is a type and a name. */
function withoutName(tokens: Token[]): Token[] {
  const last = tokens.at(-1)
  const before = tokens.at(-2)
  if (last?.kind !== 'word' || before === undefined || builtin.has(last.text) || qualifiers.has(last.text)) return tokens
  if (before.kind === 'mark') return '*&'.includes(before.text) ? tokens.slice(0, -1) : tokens
  if (!last.spaced || (before.kind === 'word' && qualifiers.has(before.text) && tokens.length === 2)) return tokens
  return before.kind === 'word' || before.kind === 'angle' ? tokens.slice(0, -1) : tokens
}

/** `long unsigned int` is `unsigned long`, `unsigned` is `unsigned int`. */
function builtinOrder(tokens: Token[]): Token[] {
  const words = tokens.filter(({ kind, text }) => kind === 'word' && builtin.has(text)).map(({ text }) => text)
  if (words.length === 0) return tokens
  const longs = words.filter((word) => word === 'long').length
  const sized = longs > 0 || words.includes('short')
  const others = words.filter((word) => !['unsigned', 'signed', 'long', 'short'].includes(word) && !(word === 'int' && sized))
  const ordered = [
    ...(words.includes('unsigned') ? ['unsigned'] : []),
    ...(words.includes('signed') && words.includes('char') ? ['signed'] : []),
    ...(words.includes('short') ? ['short'] : []),
    ...words.filter((word) => word === 'long'),
    ...others,
    ...(others.length === 0 && !sized ? ['int'] : []),
  ]
  const first = tokens.findIndex(({ kind, text }) => kind === 'word' && builtin.has(text))
  const rest = tokens.filter(({ kind, text }) => !(kind === 'word' && builtin.has(text)))
  const spelled = ordered.map((text): Token => ({ kind: 'word', text, spaced: true }))
  return [...rest.slice(0, first), ...spelled, ...rest.slice(first)]
}

/** `const float *` is `float const*`; several qualifiers stand in one order. */
function constBehind(tokens: Token[]): Token[] {
  const leading: Token[] = []
  let from = 0
  for (; from < tokens.length; from += 1) {
    const token = tokens[from]
    if (token === undefined || !qualifiers.has(token.text)) break
    leading.push({ ...token, spaced: true })
  }
  if (leading.length === 0) return tokens
  const base = tokens.findIndex(({ kind, text }, index) => index >= from && kind === 'mark' && '*&'.includes(text))
  const end = base < 0 ? tokens.length : base
  return [...tokens.slice(from, end), ...leading, ...tokens.slice(end)]
}

/** A space only where two words would else become one. */
function joined(tokens: readonly Token[]): string {
  let text = ''
  for (const token of tokens) {
    const isApart = token.kind === 'word' && token.spaced && text !== '' && /[\w$>)\]}]$/.test(text) && !token.text.startsWith('::')
    text += (isApart ? ' ' : '') + token.text
  }
  return text
}
