/** Reads a command's zod input as a list of fields that a command line can offer. */
import type { z } from 'zod'

export type FieldKind = 'string' | 'number' | 'boolean'

export interface Field {
  /** Key in the input, camelCase. */
  readonly key: string
  /** `--kebab-case`, without the dashes. */
  readonly flag: string
  readonly kind: FieldKind
  readonly isArray: boolean
  readonly choices?: readonly string[]
  readonly required: boolean
  readonly fallback?: unknown
  readonly description: string
}

export function kebab(key: string): string {
  return key
    .replaceAll('_', '-')
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    .replace(/^-/, '')
}

interface Unwrapped {
  readonly schema: z.core.$ZodType
  readonly required: boolean
  readonly fallback?: unknown
}

/** Removes optional and default wrappers; the outermost default wins, as in zod. */
function unwrap(schema: z.core.$ZodType): Unwrapped {
  let current = schema
  let required = true
  let fallback: unknown
  for (;;) {
    const definition = (current as z.core.$ZodTypes)._zod.def
    if (definition.type === 'default' || definition.type === 'prefault') {
      fallback ??= definition.defaultValue
      required = false
      current = definition.innerType
    } else if (definition.type === 'optional') {
      required = false
      current = definition.innerType
    } else {
      return { schema: current, required, fallback }
    }
  }
}

function kindOf(key: string, schema: z.core.$ZodType): { readonly kind: FieldKind; readonly choices?: readonly string[] } {
  const definition = (schema as z.core.$ZodTypes)._zod.def
  switch (definition.type) {
    case 'string':
      return { kind: 'string' }
    case 'number':
      return { kind: 'number' }
    case 'boolean':
      return { kind: 'boolean' }
    case 'enum':
      return { kind: 'string', choices: Object.values(definition.entries).map(String) }
    default:
      throw new Error(`input "${key}" is a ${definition.type}: a command line cannot say that`)
  }
}

/** Throws for a schema that a command line cannot express (objects, unions): a bug in the command. */
export function fieldsOf(input: z.ZodObject): Field[] {
  return Object.entries(input.shape).map(([key, schema]) => {
    const { schema: inner, required, fallback } = unwrap(schema)
    const definition = (inner as z.core.$ZodTypes)._zod.def
    const isArray = definition.type === 'array'
    const element = definition.type === 'array' ? definition.element : inner
    const { kind, choices } = kindOf(key, element)
    const described = schema as z.ZodType
    const description = described.description ?? (inner as z.ZodType).description ?? ''
    return {
      key,
      flag: kebab(key),
      kind,
      isArray,
      required,
      description,
      ...(choices === undefined ? {} : { choices }),
      ...(fallback === undefined ? {} : { fallback }),
    }
  })
}
