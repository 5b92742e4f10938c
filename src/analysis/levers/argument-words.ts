/** Arguments of a deployment as words of a launch: keys of one JSON argument are put together again. */
import { isSecret, NOT_SHOWN } from '#base/secret-name.ts'
import { shellWord } from '#base/shell-word.ts'
import type { DeploymentFile } from '#formats/deployment.ts'

type Value = string | number | boolean
type Tree = { [key: string]: Tree | Value }

export const sortedKeys = (keys: readonly string[]): string[] => [...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))

export const quoteWord = (text: string): string => (text === '' ? "''" : text.startsWith('-') ? text : shellWord(text))

/** Name of the argument -> its words, `--max-num-seqs 256`. Dotted keys are one JSON object under their first word. */
export function argumentWords(file: DeploymentFile): ReadonlyMap<string, string> {
  const { plain, trees } = argumentTrees(file)
  const words = new Map<string, string>()
  for (const [key, value] of plain) words.set(key, wordOf(key, value))
  for (const [key, tree] of trees) words.set(key, `--${key} ${quoteWord(JSON.stringify(tree))}`)
  return words
}

/** The same as a program takes them, each word apart. Only vLLM has a flag for off (argparse’s BooleanOptionalAction); others leave it out. */
export function argumentVector(file: DeploymentFile): string[] {
  const { plain, trees } = argumentTrees(file)
  const off = (key: string): string[] => (file.engine.name === 'vllm' ? [`--no-${key}`] : [])
  const words = (key: string, value: Value): string[] => {
    if (value === false) return off(key)
    return value === true || value === '' ? [`--${key}`] : [`--${key}`, String(value)]
  }
  return [
    ...[...plain].flatMap(([key, value]) => words(key, value)),
    ...[...trees].flatMap(([key, tree]) => [`--${key}`, JSON.stringify(tree)]),
  ]
}

function argumentTrees({ arguments: given, engine }: DeploymentFile) {
  const plain = new Map<string, Value>()
  const trees = new Map<string, Tree>()
  for (const key of sortedKeys(Object.keys(given))) {
    const value = given[key]
    if (value === undefined) continue
    const [head = '', ...path] = key.split('.')
    if (path.length === 0 || engine.name === 'tensorrt-llm') plain.set(key, value)
    else plant(trees, head, path, value)
  }
  return { plain, trees }
}

function plant(trees: Map<string, Tree>, head: string, path: readonly string[], value: Value): void {
  let at = trees.get(head)
  if (at === undefined) {
    at = {}
    trees.set(head, at)
  }
  for (const [index, key] of path.entries()) {
    if (index === path.length - 1) define(at, key, value)
    else {
      const below = Object.hasOwn(at, key) ? at[key] : undefined
      const next: Tree = typeof below === 'object' ? below : {}
      define(at, key, next)
      at = next
    }
  }
}

/** `__proto__` is a key like any other. */
function define(tree: Tree, key: string, value: Tree | Value): void {
  Object.defineProperty(tree, key, { value, enumerable: true, configurable: true, writable: true })
}

function wordOf(key: string, value: Value): string {
  if (isSecret(key, value)) return `--${key} ${NOT_SHOWN}`
  if (value === true || value === '') return `--${key}`
  return `--${key} ${quoteWord(String(value))}`
}
