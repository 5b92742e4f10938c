/** The program of plain events against the careful reader alone: the same events, field by field, and the same damage, whatever stands there. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { defaultReadLimits } from '#model/reader.ts'
import { isLiteral } from '#readers/kineto/byte-cursor.ts'
import { EventParser } from '#readers/kineto/event-parser.ts'
import { MAX_NODES } from '#readers/kineto/member-paths.ts'
import { TraceDocument, windowBytes } from '#readers/kineto/trace-document.ts'
import { jsonMutators } from '../../../../tests/fuzz/kineto-mutators.ts'
import { mutate, type Random, seededRandom } from '../../../../tests/fuzz/mutate.ts'
import { listShared, sharedDataAbsent } from '../../../../tests/support/shared-data.ts'
import { EventMachine } from './event-machine.ts'

const isSlow = process.env['SEXTANT_SLOW'] === '1'
const seed = Number(process.env['SEXTANT_SEED'] ?? 20261129)
const traces = isSlow ? 3000 : 60
const MUTANTS_EACH = 30

/** Counts the events that the program took. */
class CountedMachine {
  taken = 0
  readonly machine: EventMachine

  constructor(chunkBytes: number) {
    const machine = EventMachine.open(MAX_NODES, windowBytes(chunkBytes), isLiteral)
    if (machine === undefined) throw new Error('no program')
    const { run } = machine
    this.machine = Object.defineProperty(machine, 'run', {
      value: (at: number, end: number) => {
        const after = run(at, end)
        if (after > 0) this.taken += 1
        return after
      },
    })
  }
}

/** Everything that an event says, as text. */
function stateOf(parser: EventParser): string {
  const { names, ids, categories } = parser
  return [
    ...[parser.phase, categories.name(parser.category), names.texts[parser.name], parser.pid, parser.tid],
    ...[parser.startUs, parser.startNs, parser.durationUs, parser.durationNs, parser.hasFraction, parser.argumentsAt >= 0],
    ...[parser.device, parser.context, parser.stream, parser.correlation, parser.size, parser.graphId, ids.texts[parser.graphNode]],
    ...[parser.hasGeometry, ...parser.geometry, ids.texts[parser.collective], parser.elements, ids.texts[parser.dtype]],
    ...[parser.groupSize, ids.texts[parser.group], ids.texts[parser.communicator], parser.sequence, ids.texts[parser.syncKind]],
    parser.phase === 77 ? parser.argumentName() : '',
  ].join('|')
}

function decode(bytes: Buffer, chunkBytes: number, machine?: EventMachine): { events: string[]; damage: object; complete: boolean } {
  const parser = new EventParser(defaultReadLimits.maxNesting, defaultReadLimits.maxTextBytes, machine)
  const events: string[] = []
  const sink = { event: (each: EventParser) => void events.push(stateOf(each)), wants: () => false, value: () => {} }
  const document = new TraceDocument(parser, sink, false, chunkBytes)
  for (let from = 0; from < bytes.length; ) {
    const length = Math.min(chunkBytes, bytes.length - from)
    document.space().set(bytes.subarray(from, from + length))
    document.advance(length, false)
    from += length
  }
  document.space()
  document.advance(0, true)
  return { events, damage: document.damage, complete: document.complete }
}

/** Both ways; returns the share of events that the program took. */
function compare(bytes: Buffer, chunkBytes: number): number {
  const expected = decode(bytes, chunkBytes)
  const counted = new CountedMachine(chunkBytes)
  const actual = decode(bytes, chunkBytes, counted.machine)
  for (const [index, event] of expected.events.entries()) {
    if (actual.events[index] !== event) expect({ index, event: actual.events[index] }).toEqual({ index, event })
  }
  expect({ ...actual, events: actual.events.length }).toEqual({ ...expected, events: expected.events.length })
  return counted.taken / expected.events.length
}

const kineto = (index: number, args: string): string => `  {
    "ph": "X", "cat": "kernel", "name": "void kernel<${index % 7}, \\"q\\u00e9\\\\">(int)", "pid": 0, "tid": ${index % 3},
    "ts": 1428625731${667 + index}.${String((index * 7919) % 1000).padStart(3, '0')}, "dur": ${index % 300}.${index % 10}2,
    "args": {
      "External id": ${index}, "queued": -0, "device": 0, "context": 1,
      "stream": ${index % 3}, "correlation": ${60_000 + index}, "graph id": ${index % 2}, "graph node id": ${index % 5},
      "blocks per SM": 1.939394e-2, "grid": [${1 + (index % 512)}, 1, 1], "block": [128,1,1]${args}
    }
  }`
const collective = `, "Collective name": "allreduce", "In msg nelems": 4096, "Group size": 8, "dtype": "BFloat16", "Process Group Name": "tp",
      "Process Group Ranks": "[0, 1]", "Seq": 17, "Comms Id": "123"`
/** Shapes of events that real traces hold: pretty and compact, with every kind of argument. */
function shapes(index: number): string[] {
  return [
    kineto(index, ''),
    kineto(index, collective),
    `{"ph":"X","cat":"cpu_op","name":"aten::op${index % 9}","pid":25286,"tid":25286,"ts":${1_712_195_495_406_745 + index},"dur":${index}.1239,"args":{"Concrete Inputs":["","[1, \\"a\\\\\\"]"],"Input type":["c10::BFloat16",""],"Input Dims":[[1,4096],[]],"Call stack":"a.py(3): f\\n(b)"}}`,
    `{"ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "pid": 12, "tid": ${index % 4}, "ts": ${index}.5, "dur": 3, "args": {"cbid": 211, "correlation": ${index}}}`,
    `{"ph": "X", "cat": "gpu_memcpy", "name": "Memcpy HtoD (Pageable -> Device)", "pid": 0, "tid": 7, "ts": 5${index}, "dur": 1, "args": {"device": 0, "stream": 7, "bytes": ${index * 9_999_999}}}`,
    `{"ph": "X", "cat": "cuda_sync", "name": "Stream Sync", "pid": 0, "tid": 7, "ts": 5${index}, "dur": 1, "args": {"cuda_sync_kind": "Stream Sync", "stream": -1}}`,
    `{"ph": "s", "id": ${index}, "pid": 1, "tid": 1, "ts": ${index}, "cat": "ac2g", "name": "ac2g"}`,
    `{"name": "process_name", "ph": "M", "ts": ${index}.000, "pid": "[TP0] ${index % 3}", "tid": 0, "args": {"name": "python"}}`,
    `{"ph": "i", "s": "t", "name": "[memory]", "pid": 1, "tid": 1, "ts": ${index}.0001, "args": {"Addr": 140, "Bytes": -512}}`,
  ]
}

function traceOf(random: Random): Buffer {
  const events = Array.from({ length: 40 }, (_, index) => random.pick(shapes(index)))
  const known = Array.from({ length: 4 }, (_, index) => shapes(index)).flat()
  const all = [...known, ...events].join(',\n')
  const mutants = Array.from({ length: MUTANTS_EACH }, () => {
    const text = Buffer.from([random.pick(shapes(random.below(90))), random.pick(shapes(random.below(90)))].join(',\n'))
    return Buffer.concat([Buffer.from(',\n'), mutate(new Uint8Array(text), random, jsonMutators).bytes, Buffer.from(`,\n${known[0]}`)])
  })
  return Buffer.concat([Buffer.from('{"traceEvents": [\n'), Buffer.from(all), ...mutants, Buffer.from('\n], "traceName": "t"}')])
}

test(`${traces * MUTANTS_EACH} damaged pieces of traces are read the same (seed ${seed})`, { timeout: isSlow ? 600_000 : 60_000 }, () => {
  const random = seededRandom(seed)
  const shares = Array.from({ length: traces }, () => compare(traceOf(random), random.pick([1024, 4096, 65536])))
  // Most of what is compared must have come from the program, or nothing is.
  expect(shares.reduce((sum, share) => sum + share, 0) / traces).toBeGreaterThan(0.4)
})

test('every value of a kernel at the limits of what the program reads', () => {
  const values = ['0', '7', '4294967296', '9007199254740991', '9007199254740992', '99999999999999999999', '1.9995', '1.9994', '0.00049']
  const odd = [
    '-1',
    '1e3',
    'null',
    'NaN',
    '"7"',
    '[]',
    '{"a": [1]}',
    '"\\"',
    '1.',
    '.5',
    '00',
    '1.5e',
    'true',
    '[1,2]',
    '[1,2,3,4]',
    '[ 1, 2,  3]',
  ]
  const keys = ['ts', 'dur', 'pid', 'tid', 'device', 'graph node id', 'grid', 'bytes', 'name', 'cat', 'ph', 'other']
  const plain = '"ph": "X", "cat": "kernel", "name": "k", "ts": 1, "dur": 1, "pid": 1, "tid": 1'
  const events = keys.flatMap((key) =>
    [...values, ...odd].flatMap((value) => [
      `{${plain}, "args": {"device": 1, "stream": 2, "${key}": ${value}}, "${key}": ${value}}`,
      `{"args": {"device": 1, "${key}":${value}}, ${plain}, "${key}":${value} }`,
      `{${plain}, "args": {"${key}": ${value}, "device": 3}, "id": 1}`,
    ]),
  )
  compare(Buffer.from(`[${[...events, ...events].join(',\n')}]`), 65536)
})

test('nesting, strings and escapes across blocks of sixteen bytes', () => {
  const fillers = [
    '',
    '"',
    '\\\\',
    '\\"',
    '[',
    ']',
    '{}',
    '"a"',
    '"a" ',
    '"a"\n\t  \r',
    '"a"                 ',
    '"a"              x',
    '"a"x',
    '\\',
    ',',
    ': ',
    '\u00e9',
    '(',
    '"\\\\\\\\"',
    '"\\\\\\""',
  ]
  const events = fillers.flatMap((filler) =>
    Array.from({ length: 34 }, (_, length) => {
      const pad = 'x'.repeat(length)
      return [
        `{"ph": "X", "args": {"${pad}": [${filler}"${pad}"]}, "z": "${pad}${filler}"}`,
        `{"ph": "X", "args": {"a": ["${pad}${filler}", ["${pad}"], ${filler}]}}`,
      ]
    }).flat(),
  )
  const deep = [90, 101, 130, 250, 256, 257].map((depth) => `{"ph": "X", "args": {"a": ${'['.repeat(depth)}${']'.repeat(depth)}}}`)
  const all = [...events, ...deep].join(',\n')
  compare(Buffer.from(`[${all},\n${all}]`), 8192)
})

const files = listShared('kineto')
test.skipIf(files.length === 0).each(files.map((path) => [basename(path), path]))('%s reads the same', (_, path) => {
  const bytes = readFileSync(path)
  const text = path.endsWith('.gz') ? gunzipSync(bytes) : bytes
  const share = compare(text, 1024 * 1024)
  if (process.env['SEXTANT_SHARES'] !== undefined) process.stdout.write(`${share.toFixed(3)} of ${basename(path)}\n`)
})
if (files.length === 0) test.skip(`real traces: ${sharedDataAbsent}`, () => {})
