/** An error about one of several files, said with the name that outputs use: never with the path under which it was opened. */
import { type ErrorDetails, SextantError } from '#base/errors.ts'

export function namedError(error: SextantError, path: string, name: string): SextantError {
  const replaced = (text: string): string => text.replaceAll(path, name)
  const details: ErrorDetails = Object.fromEntries(
    Object.entries(error.details).map(([key, value]) => [key, typeof value === 'string' ? replaced(value) : value]),
  )
  return new SextantError(error.code, replaced(error.message), replaced(error.hint), details, error)
}
