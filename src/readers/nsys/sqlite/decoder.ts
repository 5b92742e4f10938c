/**
 * Decodes the cells of one leaf page. Straight-line code generated for one set of wanted columns is about half again as fast
 * as a loop over them (facts/dependencies.md A1). The code is made of column positions only, never of names or other text of the file.
 */
import { shortSerialSizes } from '#readers/nsys/sqlite/record.ts'
import type { RowReader } from '#readers/nsys/sqlite/row-reader.ts'
import type { RowWriter } from '#readers/nsys/sqlite/row-writer.ts'
import type { Machine } from '#readers/nsys/sqlite/wasm/machine.ts'

/** Reads `cells` cells, whose pointers begin at `pointers` of the page at `base`, into the rows from `row` on. */
export type PageDecoder = (bytes: Buffer, view: DataView, base: number, end: number, pointers: number, cells: number, row: number) => void

/** Bytes that the page's buffer must have beyond the page: a value of no bytes at its very end is read as four. */
export const READ_AHEAD_BYTES = 4

export interface DecoderParts {
  readonly reader: RowReader
  readonly writer: RowWriter
  readonly maxLocal: number
}

/**
 * A number column without a call for the types that occur. `o` is the value's offset, `t` its serial type, `n` the output column.
 * Integers of up to four bytes and the constants 0 and 1 (one bit each in 0x31e) take one path without branches: ids change their
 * width from row to row, which no processor predicts. It reads up to `READ_AHEAD_BYTES` past the value.
 */
function numberSource(index: number): string {
  const o = `o${index}`
  const t = `t${index}`
  return `if(${t}<10&&(0x31e>>>${t}&1)!==0)n${index}[row]=view.getInt32(${o})>>shifts[${t}]&masks[${t}]|ones[${t}];
else if(${t}===5)n${index}[row]=view.getInt16(${o})*4294967296+view.getUint32(${o}+2);
else if(${t}===7)n${index}[row]=view.getFloat64(${o});
else if(${t}===0)n${index}[row]=NaN;
else writer.store(${index},row,b,${o},${t});
`
}

/** By serial type: how far the four bytes read at a value are shifted to leave it alone, what is kept of them, what is added. */
const shifts = Int32Array.of(0, 24, 16, 8, 0, 0, 0, 0, 0, 0)
const masks = Int32Array.of(0, -1, -1, -1, -1, 0, 0, 0, 0, 0)
const ones = Int32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 1)

function id64Source(index: number): string {
  const o = `o${index}`
  return `if(t${index}===6){
h${index}[row]=b[${o}]<<24|b[${o}+1]<<16|b[${o}+2]<<8|b[${o}+3];
l${index}[row]=b[${o}+4]<<24|b[${o}+5]<<16|b[${o}+6]<<8|b[${o}+7];
z${index}[row]=0;
}else if(t${index}===0){h${index}[row]=0;l${index}[row]=0;z${index}[row]=1}
else writer.store(${index},row,b,${o},t${index});
`
}

/** Names the output arrays of one wanted column. */
function outputSource(index: number, type: string): string {
  if (type === 'number') return `const n${index}=writer.number(${index});\n`
  if (type === 'id64') return `const{hi:h${index},lo:l${index},isNull:z${index}}=writer.id64(${index});\n`
  return ''
}

function valueSource(index: number, type: string): string {
  if (type === 'number') return numberSource(index)
  if (type === 'id64') return id64Source(index)
  return `writer.store(${index},row,b,o${index},t${index});\n`
}

function rowidSource(index: number, type: string): string {
  return type === 'number' ? `n${index}[row]=r;\n` : `writer.storeInteger(${index},row,r);\n`
}

/** Steps over one column of the record, keeping type `t` and offset `o` where it is wanted. */
function walkSource(wantedHere: readonly number[]): string {
  const kept = wantedHere.map((index) => `t${index}=t;o${index}=o;`).join('')
  return `t=b[s++];if(t>127){x=b[s++];if(x>127){reader.read(row,cell);continue}t=(t&127)<<7|x}${kept}o+=sizes[t];\n`
}

/** Comparisons are written so that undefined, read past the end of the buffer, fails them and falls to the careful reader. */
function decoderSource(writer: RowWriter, maxLocal: number): string {
  const { wanted } = writer
  const last = wanted.reduce((most, column) => Math.max(most, column.position ?? -1), -1)
  let walk = ''
  for (let position = 0; position <= last; position++) {
    walk += walkSource(wanted.flatMap((column, index) => (column.position === position ? [index] : [])))
  }
  const outputs = wanted.map((column, index) => outputSource(index, column.type)).join('')
  const locals = wanted.map((_, index) => `,t${index}=0,o${index}=0`).join('')
  const values = wanted.map((column, index) => (column.position === undefined ? '' : valueSource(index, column.type))).join('')
  const rowids = wanted.map((column, index) => (column.position === undefined ? rowidSource(index, column.type) : '')).join('')
  return `'use strict';
${outputs}return function(b,view,base,end,pointers,cells,row){
let t=0,x=0${locals};
const low=pointers+cells*2,stop=row+cells;
for(let p=pointers;row<stop;row++,p+=2){
const cell=base+(b[p]<<8|b[p+1]);
let a=cell,len=b[a++];
if(len>127){x=b[a++];if(x>127){reader.read(row,cell);continue}len=(len&127)<<7|x}
let r=b[a++];
if(r>127){r&=127;let k=0;do{x=b[a++];r=r*128+(x&127);k++}while(x>127&&k<6);if(x>127){reader.read(row,cell);continue}}
const pe=a+len,hl=b[a],he=a+hl;
if(!(cell>=low&&len<=${maxLocal}&&pe<=end&&hl<=127&&hl>0&&he<=pe)){reader.read(row,cell);continue}
let s=a+1,o=he;
${walk}if(s>=he&&(s>he||o!==pe)||!(o<=pe)){reader.read(row,cell);continue}
${values}${rowids}}
}`
}

/** Undefined where the runtime forbids generated code (--disallow-code-generation-from-strings). */
export function generatedDecoder({ reader, writer, maxLocal }: DecoderParts): PageDecoder | undefined {
  try {
    const make = new Function('reader', 'writer', 'sizes', 'shifts', 'masks', 'ones', decoderSource(writer, maxLocal))
    return make(reader, writer, shortSerialSizes, shifts, masks, ones) as PageDecoder
  } catch (error) {
    if (error instanceof EvalError) return undefined
    throw error
  }
}

/** Rows that the machine left, out of so many, from which on the other generated decoder reads the table: texts among its columns. */
const MIN_LEFT_ROWS = 4096
const MAX_LEFT_RATIO = 0.25

/** Runs the WebAssembly program of a table; the careful reader takes the rows that are not plain. */
export function machineDecoder(machine: Machine, parts: DecoderParts): PageDecoder {
  const { reader, writer } = parts
  const { run } = machine
  let other: PageDecoder | undefined
  let rows = 0
  let left = 0
  return (bytes, view, base, end, pointers, cells, row) => {
    if (other !== undefined) {
      other(bytes, view, base, end, pointers, cells, row)
      return
    }
    const stop = row + cells
    const low = pointers + cells * 2
    let at = pointers
    for (let next = row; next < stop; ) {
      const reached = run(base, end, at, low, stop - next, next)
      if (reached === stop) break
      at += (reached - next) * 2
      reader.read(reached, base + (((bytes[at] as number) << 8) | (bytes[at + 1] as number))) // in bounds: pointers lie within the page
      machine.learn(writer, reached)
      at += 2
      next = reached + 1
      left++
    }
    rows += cells
    if (writer.tuples.length === 0 && left > MIN_LEFT_ROWS && left > rows * MAX_LEFT_RATIO)
      other = generatedDecoder(parts) ?? interpretingDecoder(parts)
  }
}

/** The same result without generated code. The reader has entered the page. */
export function interpretingDecoder({ reader }: DecoderParts): PageDecoder {
  return (_bytes, _view, _base, _end, pointers, cells, row) => reader.readAll(pointers, cells, row)
}
