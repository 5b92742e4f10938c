/** Plain data as block YAML: what people and exporters write. Strings are quoted as JSON, which YAML reads. */

type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain | undefined }

const isScalar = (value: Plain): value is string | number | boolean | null => value === null || typeof value !== 'object'

function scalar(value: string | number | boolean | null): string {
  return typeof value === 'string' && /^[A-Za-z][\w./-]*$/.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : JSON.stringify(value)
}

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value)

function lines(value: Plain, indent: string): string[] {
  if (isScalar(value)) return [`${indent}${scalar(value)}`]
  if (isList(value)) {
    return value.flatMap((item) => {
      const [first = '', ...rest] = lines(item, `${indent}  `)
      return [`${indent}- ${first.trimStart()}`, ...rest]
    })
  }
  return Object.entries(value).flatMap(([key, item]) => {
    if (item === undefined) return []
    const name = scalar(key)
    if (isScalar(item)) return [`${indent}${name}: ${scalar(item)}`]
    const isEmpty = isList(item) ? item.length === 0 : Object.keys(item).length === 0
    if (isEmpty) return [`${indent}${name}: ${isList(item) ? '[]' : '{}'}`]
    return [`${indent}${name}:`, ...lines(item, `${indent}  `)]
  })
}

/** @param value JSON data; keys whose value is undefined are left out. */
export function yamlText(value: Plain): string {
  return `${lines(value, '').join('\n')}\n`
}
export type PlainData = Plain
