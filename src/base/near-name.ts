/** The known name that a mistyped one most likely meant. */

/** Edits (insert, delete, replace a letter; two swapped letters count once) that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      let edits = Math.min((last[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1))
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (isSwap) edits = Math.min(edits, (before[column - 2] ?? Number.POSITIVE_INFINITY) + 1)
      next.push(edits)
    }
    before = last
    last = next
  }
  return last[b.length] ?? a.length
}

/** The nearest of `known` within a third of its letters, or one that begins with `given`; undefined where none is near. */
export function nearName(given: string, known: readonly string[]): string | undefined {
  // Nobody mistypes a paragraph, and the distance costs the product of the lengths.
  if (given.length > 64) return undefined
  const wanted = given.toLowerCase().replaceAll('_', '-')
  if (wanted.length >= 3) {
    const longer = known.find((name) => name.replaceAll('_', '-').startsWith(wanted))
    if (longer !== undefined) return longer
  }
  const ranked = known
    .map((name) => ({ name, edits: editDistance(wanted, name.replaceAll('_', '-')) }))
    .filter(({ name, edits }) => edits <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.edits - b.edits)
  return ranked[0]?.name
}
