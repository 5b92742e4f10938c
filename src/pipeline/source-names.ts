/** Names for `sources[]`: the same from every folder, so that two runs of one question give equal bytes. */
import { sep } from 'node:path'

/**
 * The base name of each path, with as many parent folders in front as it takes to tell equal base names apart.
 * Paths that are wholly equal stay equal.
 */
export function sourceNames(paths: readonly string[]): string[] {
  const parts = paths.map((path) => path.split(/[\\/]/).filter((part) => part !== '' && part !== '.'))
  const name = (index: number, depth: number) => (parts[index] ?? []).slice(-depth).join('/') || (paths[index] ?? sep)
  return paths.map((_, index) => {
    const deepest = parts[index]?.length ?? 1
    for (let depth = 1; depth <= deepest; depth += 1) {
      const twins = paths.some((path, other) => other !== index && path !== paths[index] && name(other, depth) === name(index, depth))
      if (!twins) return name(index, depth)
    }
    return name(index, deepest)
  })
}
