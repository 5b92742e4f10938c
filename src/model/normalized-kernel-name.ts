/**
 * Kernel names reduced so that variants of one kernel group: the third level of kernel identity (algorithms, section 6).
 *
 * Rules, in order:
 * 1. The parameter list, a leading return type and `[clone …]` go; `(anonymous namespace)`, `<unnamed>` and `_GLOBAL__N__…` go.
 * 2. Template arguments become classes: numbers and casts of numbers (`(ns::Enum)3`) `#`, booleans `bool`, scalar types of any spelling
 *    their class (`f16`, `bf16`, `f32`, `int`…), other types their last name without its own arguments, all else `…`. Runs of one class
 *    are one.
 * 3. Digits in a name become `#` where they stand for a tile, a stage count or an index (dimensions joined by `x` become one);
 *    Triton's specialisation suffix (`_0d1d2de3`) goes. Architecture (`sm90`), operand types (`bf16`, `e4m3`, `s16816gemm`) and layouts
 *    stay: they say what the kernel is.
 */

/** Scalar types by the class that they stand for. */
const scalarClasses: readonly (readonly [RegExp, string])[] = [
  [/^(?:c10::BFloat16|__nv_bfloat16|__hip_bfloat16|hip_bfloat16|(?:cutlass|cute)::bfloat16_t|nv_bfloat16|at::BFloat16|bf16_t)$/, 'bf16'],
  [/^(?:c10::Half|__half|half|_Float16|(?:cutlass|cute)::half_t|at::Half)$/, 'f16'],
  [/^(?:c10::Float8_e4m3fn(?:uz)?|__nv_fp8_e4m3|(?:cutlass|cute)::float_e4m3_t)$/, 'e4m3'],
  [/^(?:c10::Float8_e5m2(?:fnuz)?|__nv_fp8_e5m2|(?:cutlass|cute)::float_e5m2_t)$/, 'e5m2'],
  [/^(?:float|(?:cutlass|cute)::tfloat32_t)$/, 'f32'],
  [/^double$/, 'f64'],
  [/^(?:bool|true|false)$/, 'bool'],
  [/^(?:unsigned |signed )?(?:char|short|int|long|long long)$|^u?int\d+_t$|^unsigned$|^size_t$/, 'int'],
]

const numberPattern = /^\(?[-+]?\d+(?:u|l|ul|ull|ll|f)?\)?$/i
/** `(int)4`, `(bool)1`, `(ns::Enum)0`: casts of numbers, which older demanglers print for every number. */
const castPattern = /^\(([^()]*)\)\s*[-+]?\d+$/

function classOfArgument(argument: string): string {
  const text = argument
    .trim()
    .replace(/\s*[*&]+\s*$|\bconst\b/g, '')
    .trim()
  if (numberPattern.test(text)) return '#'
  const cast = castPattern.exec(text)
  if (cast !== null) return cast[1] === 'bool' ? 'bool' : '#'
  for (const [pattern, name] of scalarClasses) if (pattern.test(text)) return name
  const bare = stripArguments(text)
  const scope = bare.lastIndexOf('::')
  const last = scope < 0 ? bare : bare.slice(scope + 2)
  return /^[A-Za-z_]\w*$/.test(last) ? reduceDigits(last) : '…'
}

/** The text before the first `<` or `(`. */
function stripArguments(text: string): string {
  const end = text.search(/[<(]/)
  return end < 0 ? text : text.slice(0, end)
}

interface Split {
  readonly head: string
  readonly templateArguments: readonly string[] | undefined
}

/** Splits `head<a, b<c>>(…)`; arguments at the first level only. Stops at 64 kB: a name that long is no name. */
function splitTemplate(name: string): Split {
  const open = name.indexOf('<')
  if (open < 0) return { head: cutParameters(name), templateArguments: undefined }
  const before = cutParameters(name.slice(0, open))
  if (before.length < open) return { head: before, templateArguments: undefined }
  const parts: string[] = []
  let depth = 0
  let from = open + 1
  const limit = Math.min(name.length, 65536)
  for (let at = open; at < limit; at += 1) {
    const code = name.charAt(at)
    if (code === '<' || code === '(' || code === '[' || code === '{') depth += 1
    else if ((code === '>' && name.charAt(at - 1) !== '-') || code === ')' || code === ']' || code === '}') {
      depth -= 1
      if (depth === 0) {
        parts.push(name.slice(from, at))
        break
      }
    } else if (code === ',' && depth === 1) {
      parts.push(name.slice(from, at))
      from = at + 1
    }
  }
  return { head: before, templateArguments: parts }
}

function cutParameters(text: string): string {
  const open = text.indexOf('(')
  return open <= 0 ? text : text.slice(0, open)
}

const anonymousPattern = /\(anonymous namespace\)::|<unnamed>::|_GLOBAL__N__\w+::|\{anonymous\}::/g
/** `void`, and GCC's or EDG's `std::enable_if<…, void>::type` before the name. */
const returnPattern = /^(?:void|static void|__global__ void)\s+/
const enablePattern = /^(?:typename )?std::enable_if<.*?>::type\s+(?=[A-Za-z_])/

/**
 * Digits that say what a kernel is (architecture, operand type, MMA shape of a GEMM, version), or else a number or tile to be reduced.
 * The first group is kept.
 */
const digitPattern =
  /((?<![A-Za-z])sm\d+[a-z]?(?![A-Za-z0-9])|[Ee][2-5]m[0-3]|[Bb]?[Ff]loat(?:16|32|64|8)|(?:mxfp|nvfp|bf|tf|fp|FP|f)(?:16|32|64|8|4)(?![0-9])|int(?:4|8|16|32|64)(?![0-9])|(?<![A-Za-z0-9])[sdchziw]\d+(?=gemm|fprop|dgrad|wgrad|a\d)|(?<=[sdchziw]\d+)a\d+(?![0-9])|(?<=_)v\d+(?![A-Za-z0-9])|\dd\dd|permute_\dD|Sm\d+|(?<=cutlass_)\d+|Kernel\d(?![A-Za-z0-9])|gemv\d)|\d+(?:x\d+)*/g
/** Triton's specialisation of arguments: `kernel_0d1d2de3de`. */
const tritonSuffix = /_(?:\d+d?[ec]?){2,}$/

/** Dimensions, tiles, stages and indices become `#`. */
function reduceDigits(name: string): string {
  const plain = /_\d+d/.test(name) ? name.replace(tritonSuffix, '') : name
  return plain.replace(digitPattern, (_, kept: string | undefined) => kept ?? '#').replace(/(?:_#)+(?![A-Za-z])/g, '_#')
}

/** Stable for equal kernels whatever the tile, the operand order of casts, or the demangler; never empty for a non-empty name. */
export function normalizedKernelName(name: string): string {
  const text = name
    .replace(anonymousPattern, '')
    .replace(returnPattern, '')
    .replace(enablePattern, '')
    .replace(/\s*\[clone [^\]]*\]$/, '')
    .trim()
  const { head, templateArguments } = splitTemplate(text)
  const path = head.split('::')
  const last = reduceDigits(path.at(-1) ?? head)
  const reduced = [...path.slice(0, -1), last].join('::')
  if (templateArguments === undefined) return reduced === '' ? name : reduced
  const classes = templateArguments.map(classOfArgument)
  // A run of like arguments says nothing by its length: `#, #, #` is `#`.
  const collapsed = classes.filter((value, index) => value !== classes[index - 1])
  return `${reduced}<${collapsed.join(', ')}>`
}
