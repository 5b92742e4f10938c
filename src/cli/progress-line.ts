import { printable } from '#platform/printable.ts'

/** One line on the terminal that rewrites itself at most ten times a second. Never used when output is piped. */

export interface ProgressLine {
  show(progress: { readonly done: number; readonly total?: number; readonly note?: string }): void
  clear(): void
}

const INTERVAL_MS = 100

export function progressLine(write: (text: string) => void, nowMs: () => number = () => performance.now()): ProgressLine {
  let shownAtMs = Number.NEGATIVE_INFINITY
  let shown = false
  return {
    show({ done, total, note }) {
      if (nowMs() - shownAtMs < INTERVAL_MS) return
      shownAtMs = nowMs()
      shown = true
      const share = total === undefined || total === 0 ? '' : `${Math.floor((100 * done) / total)} % `
      // A line that wraps could not be taken back.
      write(
        `\r\x1b[2K${printable(`${share}${note ?? ''}`)
          .replaceAll('\n', ' ')
          .slice(0, 78)}`,
      )
    },
    clear() {
      if (shown) write('\r\x1b[2K')
      shown = false
    },
  }
}
