/** The bare function name of a demangled kernel name, as `nsys` prints it in `shortName` (learnt from its pairs in real exports). */

const PAREN_OPEN = 40
const PAREN_CLOSE = 41
const COLON = 58
const LESS = 60
const GREATER = 62
const SQUARE_OPEN = 91
const SQUARE_CLOSE = 93
const BRACE_OPEN = 123
const BRACE_CLOSE = 125
const SPACE = 32
const STAR = 42
const AMPERSAND = 38
const MINUS = 45

/** Longest first, so that `<<=` is not taken for `<`. */
const OPERATOR =
  /operator ?(?:\(\)|\[\]|<=>|<<=|>>=|->\*|<<(?=[ (<])|>>(?=[ (<])|->|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%^&|]=|[-+*/%^&|~!=<>,])/y
/** What may stand between a parameter list and `::` when a function is the scope of what follows (local lambdas, local classes). */
const SCOPE_AFTER_PARAMETERS = /(?: ?(?:const|volatile|noexcept|&&?|\[[^\]]*\]))*::/y

/** Letters, digits, `_`, `$` and everything beyond ASCII: what a name is made of. */
export function isWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || code === 36 || code > 127
}

function closerOf(open: number): number {
  if (open === PAREN_OPEN) return PAREN_CLOSE
  if (open === LESS) return GREATER
  return open === SQUARE_OPEN ? SQUARE_CLOSE : BRACE_CLOSE
}

/** Index of an operator name's end when one stands at `index`, else `index`. */
export function afterOperator(text: string, index: number): number {
  if (text.charCodeAt(index) !== 111 || (index > 0 && isWord(text.charCodeAt(index - 1)))) return index
  OPERATOR.lastIndex = index
  return OPERATOR.test(text) ? OPERATOR.lastIndex : index
}

/** Index behind the group that opens at `index`; the text's end when it never closes. Comparison signs inside parentheses do not count. */
export function afterGroup(text: string, index: number): number {
  const open: number[] = []
  let brackets = 0
  for (let at = index; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === PAREN_OPEN || code === LESS || code === SQUARE_OPEN || code === BRACE_OPEN) {
      open.push(closerOf(code))
      if (code !== LESS) brackets += 1
    } else if (code === GREATER) {
      if (open.at(-1) === GREATER && text.charCodeAt(at - 1) !== MINUS) open.pop()
    } else if (code === PAREN_CLOSE || code === SQUARE_CLOSE || code === BRACE_CLOSE) {
      // A stray `<` (a comparison) inside this bracket is closed with it; a stray closer closes nothing.
      while (brackets > 0 && open.at(-1) === GREATER) open.pop()
      if (open.at(-1) === code) {
        open.pop()
        brackets -= 1
      }
    } else {
      const next = afterOperator(text, at)
      if (next > at) at = next - 1
    }
    if (open.length === 0) return at + 1
  }
  return text.length
}

/** The last source name in an Itanium-mangled name, e.g. `f` of `_ZN2ns1fIiEEvT_`; undefined when it is not one. */
function mangledShortName(text: string): string | undefined {
  if (!text.startsWith('_Z')) return undefined
  let at = text.startsWith('_ZN') ? 3 : 2
  let last: string | undefined
  for (;;) {
    const digits = /^[KL]?(\d{1,4})/.exec(text.slice(at, at + 6))
    if (digits === null) return last
    at += digits[0].length
    const length = Number(digits[1])
    if (at + length > text.length) return last
    last = text.slice(at, at + length)
    at += length
    if (text[2] !== 'N') return last
  }
}

/**
 * Bare function name: return type, namespaces (anonymous ones too), template arguments and parameters removed.
 * A name that is not a C++ declaration (`ampere_sgemm_128x64_tn`, `Cijk_…`, `triton_poi_fused_add_0`) stays as it is.
 */
export function shortKernelName(demangled: string): string {
  const text = demangled.endsWith('.kd') ? demangled.slice(0, -3) : demangled
  const mangled = mangledShortName(text)
  if (mangled !== undefined) return mangled
  let component = ''
  let qualified = false
  for (let at = 0; at < text.length; ) {
    const operatorEnd = afterOperator(text, at)
    if (operatorEnd > at) {
      component = text.slice(at, operatorEnd).replace(' ', '')
      at = operatorEnd
      continue
    }
    const code = text.charCodeAt(at)
    if (code === PAREN_OPEN && component !== '') {
      at = afterGroup(text, at)
      SCOPE_AFTER_PARAMETERS.lastIndex = at
      if (!SCOPE_AFTER_PARAMETERS.test(text)) return component
      at = SCOPE_AFTER_PARAMETERS.lastIndex
      component = ''
      qualified = true
    } else if (code === LESS || code === PAREN_OPEN || code === SQUARE_OPEN || code === BRACE_OPEN) {
      const end = afterGroup(text, at)
      if (code === LESS) qualified = true
      if (component === '' && code !== PAREN_OPEN) component = text.slice(at, end)
      at = end
    } else if (code === COLON || code === SPACE || code === STAR || code === AMPERSAND) {
      if (code === COLON) qualified = true
      component = ''
      at += 1
    } else {
      let end = at + 1
      while (end < text.length && isWord(text.charCodeAt(end))) end += 1
      component += text.slice(at, end)
      at = end
    }
  }
  return qualified && component !== '' ? component : text
}
