import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Absolute path of the checkout that the tests run in. */
export const checkoutRoot: string = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
