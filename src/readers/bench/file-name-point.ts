import type { CellBuilder } from './cell-builder.ts'

/** Trials are files `c<C>-t<T>.txt`, sweeps `sweep-c<N>.txt`, AIPerf's logs `aiperf-c<N>.log`: the name says what the text may not. */
export function addFileNamePoint(cell: CellBuilder, path: string): void {
  const name = path.split(/[\\/]/).at(-1) ?? ''
  const concurrency = /(?:^|[-_.])c(?:onc(?:urrency)?)?[-_=]?(\d+)(?=[-_.]|$)/i.exec(name)
  if (cell.concurrency === undefined && concurrency !== null) cell.add('file name', Number(concurrency[1]), { as: 'concurrency' })
  const trial = /(?:^|[-_.])t(\d+)(?=[-_.]|$)/i.exec(name)
  if (trial !== null) cell.add('file name', Number(trial[1]), { as: 'trial' })
}
