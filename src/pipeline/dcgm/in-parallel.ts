/** Requests of one probe beside each other: as many as the client has connections, so that none waits in the dark. */
const WIDTH = 4

/** Results in the order of the items; the first failure is thrown when the requests under way have ended. */
export async function inParallel<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const failures: unknown[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const at = next
      next += 1
      try {
        results[at] = await run(items[at] as T)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(WIDTH, items.length) }, worker))
  if (failures.length > 0) throw failures[0]
  return results
}
