/**
 * Decodes the cells of one leaf page. Straight-line code generated for one set of wanted columns is about half again as fast
 * as a loop over them (facts/dependencies.md A1). The code is made of column positions only, never of names or other text of the file.
 */
import { shortSerialSizes } from '#readers/nsys/sqlite/record.ts'
import type { RowReader } from '#readers/nsys/sqlite/row-reader.ts'
import type { RowWriter } from '#readers/nsys/sqlite/row-writer.ts'

/** Reads `cells` cells, whose pointers begin at `pointers` of the page at `base`, into the rows from `row` on. */
export type PageDecoder = (bytes: Buffer, view: DataView, base: number, end: number, pointers: number, cells: number, row: number) => void

export interface DecoderParts {
  readonly reader: RowReader
  readonly writer: RowWriter
  readonly maxLocal: number
}

/** A number column without a call for the types that occur. `o` is the value's offset, `t` its serial type, `n` the output column. */
function numberSource(index: number): string {
  const o = `o${index}`
  const low = (at: number): string => `(b[${o}+${at}]<<24|b[${o}+${at + 1}]<<16|b[${o}+${at + 2}]<<8|b[${o}+${at + 3}])`
  return `switch(t${index}){
case 8:n${index}[row]=0;break;
case 9:n${index}[row]=1;break;
case 5:n${index}[row]=(b[${o}]<<24>>16|b[${o}+1])*4294967296+(${low(2)}>>>0);break;
case 1:n${index}[row]=b[${o}]<<24>>24;break;
case 2:n${index}[row]=b[${o}]<<24>>16|b[${o}+1];break;
case 3:n${index}[row]=b[${o}]<<24>>8|b[${o}+1]<<8|b[${o}+2];break;
case 4:n${index}[row]=${low(0)};break;
case 7:n${index}[row]=view.getFloat64(${o});break;
case 0:n${index}[row]=NaN;break;
default:writer.store(${index},row,b,${o},t${index});}
`
}

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
    const make = new Function('reader', 'writer', 'sizes', decoderSource(writer, maxLocal))
    return make(reader, writer, shortSerialSizes) as PageDecoder
  } catch (error) {
    if (error instanceof EvalError) return undefined
    throw error
  }
}

/** The same result without generated code. The reader has entered the page. */
export function interpretingDecoder({ reader }: DecoderParts): PageDecoder {
  return (_bytes, _view, _base, _end, pointers, cells, row) => reader.readAll(pointers, cells, row)
}
