/** JSON pointers (RFC 6901): where in a document a figure stands. */

/** `a`, `b/c`, 0 becomes `/a/b~1c/0`. */
export function jsonPointer(...path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/**
 * What stands at a pointer. Undefined where nothing does: a missing key, an index beyond the end, a step into a number, a text that is no
 * pointer. Only own keys are followed, so that no pointer reaches a prototype.
 */
export function resolveJsonPointer(document: unknown, pointer: string): unknown {
  if (pointer === '') return document
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined
  let value = document
  for (const part of pointer.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(value)) value = /^(?:0|[1-9]\d*)$/.test(key) ? value[Number(key)] : undefined
    else if (typeof value === 'object' && value !== null) value = Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
    else return undefined
  }
  return value
}
