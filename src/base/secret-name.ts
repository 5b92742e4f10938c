/** Settings whose value is a secret, by their name: `HF_TOKEN`, `--api-key`. */

/** `tokens` are counted, `token` is one: max-num-batched-tokens is no secret. */
const secret = /(?:^|[-_.])(?:api[-_]?keys?|token|secrets?|passwords?|passwd|credentials?|access[-_]?keys?|private[-_]?key)$/i

/** What stands in place of one. */
export const NOT_SHOWN = '(not shown)'

/** Names that end in such a word; a number or a switch is none. */
export function isSecret(name: string, value: string | number | boolean): boolean {
  return typeof value === 'string' && secret.test(name)
}
