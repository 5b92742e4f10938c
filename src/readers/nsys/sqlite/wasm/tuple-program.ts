/** The part of a page program that looks up tuples in their memo (tuple-memo.ts). */
import {
  block,
  branch,
  branchIf,
  type Code,
  code,
  constant,
  get,
  i32,
  i64,
  loop,
  memory,
  set,
  tee,
  vector,
  when,
  wide,
} from '#readers/wasm/assembler.ts'
import {
  AT,
  endOfColumn,
  FIRST_RUN,
  FIRST_TYPES,
  giveUp,
  giveUpIf,
  OFFSET,
  type ProgramLayout,
  RUN_MASKS,
  rowTimes,
  SLOT,
  SPAN,
  startOfColumn,
  TRIES,
  type TupleTarget,
} from './program-parts.ts'
import { bytesAt, INDEX_AT, MEMO_SHIFT, MEMO_TRIES, type MemoPlace, memoFactor, RUN_BYTES, typesAt } from './tuple-memo.ts'

/** The bytes and the types of each run into their locals; gives up where a run is longer than a vector. Leaves the hash on the stack. */
function runsSource(layout: ProgramLayout, { runs }: MemoPlace): Code {
  const parts = runs.map(({ first, columns }, run) => {
    const allTypes = columns === 4 ? [] : code(constant(2 ** (8 * columns) - 1), i32.and)
    const bytes = code(
      get(OFFSET),
      memory.loadVector(layout.pages),
      code(get(SPAN), constant(Math.log2(RUN_BYTES)), i32.shiftLeft, memory.loadVector(layout.tables + RUN_MASKS)),
      vector.and,
    )
    return code(
      code(get(AT), memory.loadI32(layout.pages + first), allTypes, set(FIRST_TYPES + run)),
      code(endOfColumn(first + columns - 1), startOfColumn(first), tee(OFFSET), i32.subtract, tee(SPAN)),
      giveUpIf(code(constant(RUN_BYTES), i32.greaterUnsigned)),
      code(bytes, set(FIRST_RUN + run)),
    )
  })
  const terms = runs.flatMap((_, run) => [
    code(get(FIRST_RUN + run), vector.low64),
    code(get(FIRST_RUN + run), vector.high64),
    code(get(FIRST_TYPES + run), i64.extendUnsigned),
  ])
  const sum = terms.map((term, index) => code(term, wide(memoFactor(index)), i64.multiply, index === 0 ? [] : i64.add))
  return code(...parts, ...sum)
}

/** The slot of the memo that holds the tuple, or one of a few behind it; gives up where the tuple is not known, and leaves what it is. */
export function tupleSource(layout: ProgramLayout, { indices, memo }: TupleTarget, index: number): Code {
  const { runs } = memo
  const slotMask = code(constant((memo.slots - 1) * memo.stride), i32.and)
  const moved = (by: number): Code => code(get(SLOT), constant(by * memo.stride), i32.add, slotMask, set(SLOT))
  const otherBytes = runs.map((_, run) => {
    const kept = memory.loadVector(memo.address + bytesAt(runs.length, run))
    return code(get(SLOT), kept, get(FIRST_RUN + run), vector.exclusiveOr, run === 0 ? [] : vector.or)
  })
  const otherTypes = runs.map((_, run) =>
    code(get(SLOT), memory.loadI32(memo.address + typesAt(run)), get(FIRST_TYPES + run), i32.exclusiveOr, i32.or),
  )
  const knownIndex = code(get(SLOT), memory.loadI32(memo.address + INDEX_AT))
  const found = code(rowTimes(2), knownIndex, constant(1), i32.subtract, memory.storeI32(indices), branch(3))
  const asked = runs.map((_, run) =>
    code(
      code(constant(memo.asked), get(FIRST_TYPES + run), memory.storeI32(typesAt(run))),
      code(constant(memo.asked), get(FIRST_RUN + run), memory.storeVector(bytesAt(runs.length, run))),
    ),
  )
  return code(
    code(runsSource(layout, memo), constant(MEMO_SHIFT), i64.extendUnsigned, i64.shiftRight, i32.wrap),
    code(constant(Math.log2(memo.stride)), i32.shiftLeft, set(SLOT)),
    code(constant(MEMO_TRIES), set(TRIES)),
    block(
      block(
        loop(
          code(knownIndex, i32.equalsZero, branchIf(1)),
          code(...otherBytes, vector.anyTrue, ...otherTypes, i32.equalsZero, when(found)),
          moved(1),
          code(get(TRIES), constant(1), i32.subtract, tee(TRIES), branchIf(0)),
        ),
        // All taken: the first one is given up.
        moved(memo.slots - MEMO_TRIES),
      ),
      ...asked,
      code(constant(memo.slotAsked), get(SLOT), memory.storeI32(0)),
      code(constant(layout.unknownTuple), constant(index + 1), memory.storeI32(0)),
      giveUp,
    ),
  )
}
