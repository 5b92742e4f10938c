/** An error about a file, said with the name that its reader knows: never with the path under which it was opened. */
import { type ErrorDetails, SextantError } from '#base/errors.ts'

/** `error` with `name` wherever `path` stood: message, hint and details. */
export function namedError(error: SextantError, path: string, name: string): SextantError {
  // A function: `$&` in a file's name is no pattern.
  const replaced = (text: string): string => text.replaceAll(path, () => name)
  const replacedIn = (value: ErrorDetails[string]): ErrorDetails[string] => {
    if (typeof value === 'string') return replaced(value)
    return Array.isArray(value)
      ? ((value as (string | number)[]).map((each) => (typeof each === 'string' ? replaced(each) : each)) as string[])
      : value
  }
  const details: ErrorDetails = Object.fromEntries(Object.entries(error.details).map(([key, value]) => [key, replacedIn(value)]))
  return new SextantError(error.code, replaced(error.message), replaced(error.hint), details, error)
}
