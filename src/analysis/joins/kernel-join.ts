/**
 * Which kernels of one source are which of another's (algorithms.md, section 6). Levels are asked from the surest to the weakest; a part
 * that an earlier level settled is not asked again. Every part ends in exactly one of matched, ambiguous, unmatched: rows and time are
 * conserved on both sides, and exchanging the sides exchanges the answer.
 */
import { canonicalKernelName, isBareName, spacelessName } from '#model/kernel-identity/canonical-name.ts'
import { normalizedKernelName } from '#model/normalized-kernel-name.ts'
import { type KernelPart, shapeKey } from './kernel-part.ts'

/**
 * `mangled`: equal symbols. `demangled`: equal after one spelling. `short-name-and-shape`: bare name, grid and block equal, and nothing
 * in the full names against it. `normalized`: template arguments as classes, within one family: variants of one kernel, not one kernel.
 * `short-name`: one side knows the bare name only, and no shapes. `family`: the class of work, not the kernel.
 */
export const joinLevels = ['mangled', 'demangled', 'short-name-and-shape', 'normalized', 'short-name', 'family'] as const
export type JoinLevel = (typeof joinLevels)[number]

export interface KernelMatch {
  readonly level: JoinLevel
  /** `ambiguous`: several kernels of one side fit, and which is which is not known. The sums of both sides still stand for each other. */
  readonly state: 'matched' | 'ambiguous'
  /** Indices into the parts of either side; at least one each. */
  readonly left: readonly number[]
  readonly right: readonly number[]
}

export interface KernelJoin {
  readonly matches: readonly KernelMatch[]
  readonly unmatchedLeft: readonly number[]
  readonly unmatchedRight: readonly number[]
}

interface Keys {
  /** What the side itself tells apart. */
  readonly identity: string
  readonly mangled: string | undefined
  readonly exact: string
  readonly canonical: string
  readonly normalized: string
  readonly isBare: boolean
}

/** Symbols of one function differ between builds where it stands in an unnamed namespace: then they prove nothing. */
const buildNoise = /_GLOBAL__N_|_INTERNAL_|_NV_ANON_NAMESPACE/

function keysOf({ name, mangledName }: KernelPart): Keys {
  const mangled = mangledName ?? (name.startsWith('_Z') ? name : undefined)
  const canonical = canonicalKernelName(name)
  const exact = spacelessName(name)
  return {
    identity: mangled ?? exact,
    mangled,
    exact,
    canonical,
    normalized: normalizedKernelName(canonical),
    isBare: isBareName(canonical),
  }
}

/** A group of parts of equal key on both sides, all of the pool. */
interface Group {
  readonly left: readonly number[]
  readonly right: readonly number[]
}

interface Level {
  readonly level: JoinLevel
  /** Undefined: this part cannot be asked at this level. */
  readonly key: (part: KernelPart, keys: Keys) => string | undefined
  /** Splits a group of equal keys into those that really belong together; the whole group where absent. */
  readonly split?: (group: Group, keys: readonly [readonly Keys[], readonly Keys[]]) => readonly Group[]
}

const levels: readonly Level[] = [
  { level: 'mangled', key: (_, { mangled }) => mangled },
  { level: 'demangled', key: (_, { exact }) => exact },
  { level: 'demangled', key: (_, { canonical }) => canonical },
  {
    level: 'short-name-and-shape',
    key: ({ shortName, shape }) => (shape === undefined || shortName === '' ? undefined : `${shortName} ${shapeKey(shape)}`),
    split: withoutContradiction,
  },
  { level: 'normalized', key: ({ family }, { normalized }) => `${family} ${normalized}` },
  { level: 'short-name', key: ({ shortName }) => (shortName === '' ? undefined : shortName), split: bareAgainstFull },
  { level: 'family', key: ({ family }) => (family === 'unknown' ? undefined : family) },
]

/** @param weakest level that is still asked; `short-name` by default, because a family is no kernel. */
export function joinKernels(left: readonly KernelPart[], right: readonly KernelPart[], weakest: JoinLevel = 'short-name'): KernelJoin {
  const keys: readonly [readonly Keys[], readonly Keys[]] = [left.map(keysOf), right.map(keysOf)]
  const pools: [Set<number>, Set<number>] = [poolOf(left), poolOf(right)]
  const matches: KernelMatch[] = []
  for (const { level, key, split } of levels) {
    if (joinLevels.indexOf(level) > joinLevels.indexOf(weakest)) break
    const groups = meeting(groupBy(left, keys[0], pools[0], key), groupBy(right, keys[1], pools[1], key))
    for (const group of split === undefined ? groups : groups.flatMap((each) => split(each, keys))) {
      const isOne = distinct(group.left, keys[0]) === 1 && distinct(group.right, keys[1]) === 1
      matches.push({ level, state: isOne ? 'matched' : 'ambiguous', ...group })
      for (const index of group.left) pools[0].delete(index)
      for (const index of group.right) pools[1].delete(index)
    }
  }
  return { matches, unmatchedLeft: unsettled(left, matches, 'left'), unmatchedRight: unsettled(right, matches, 'right') }
}

/** Parts without a name are never in the pool. */
function poolOf(parts: readonly KernelPart[]): Set<number> {
  return new Set(parts.flatMap(({ name }, index) => (name === '' ? [] : [index])))
}

const unsettled = (parts: readonly KernelPart[], matches: readonly KernelMatch[], side: 'left' | 'right'): number[] => {
  const settled = new Set(matches.flatMap((match) => match[side]))
  return [...parts.keys()].filter((index) => !settled.has(index))
}

const distinct = (indices: readonly number[], keys: readonly Keys[]): number => new Set(indices.map((index) => keys[index]?.identity)).size

function groupBy(
  parts: readonly KernelPart[],
  keys: readonly Keys[],
  pool: ReadonlySet<number>,
  keyOf: Level['key'],
): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const index of pool) {
    const [part, own] = [parts[index], keys[index]]
    const key = part === undefined || own === undefined ? undefined : keyOf(part, own)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [index])
    else group.push(index)
  }
  return groups
}

/** Sorted by key, so that the answer does not depend on the side that is walked. */
function meeting(left: ReadonlyMap<string, number[]>, right: ReadonlyMap<string, number[]>): Group[] {
  const keys = [...left.keys()].filter((key) => right.has(key)).sort()
  return keys.map((key) => ({ left: left.get(key) ?? [], right: right.get(key) ?? [] }))
}

/**
 * Equal bare names and shapes prove little where both sides know more: PyTorch launches every `elementwise_kernel` with one block shape.
 * Full names must then agree but for the values of template arguments; a bare name may be any of them.
 */
function withoutContradiction({ left, right }: Group, [leftKeys, rightKeys]: readonly [readonly Keys[], readonly Keys[]]): Group[] {
  const bare = [...left.map((index) => leftKeys[index]), ...right.map((index) => rightKeys[index])].some((keys) => keys?.isBare === true)
  if (bare) return [{ left, right }]
  const byName = (indices: readonly number[], keys: readonly Keys[]): Map<string, number[]> => {
    const groups = new Map<string, number[]>()
    for (const index of indices) {
      const key = keys[index]?.normalized ?? ''
      groups.set(key, [...(groups.get(key) ?? []), index])
    }
    return groups
  }
  return meeting(byName(left, leftKeys), byName(right, rightKeys)).filter((group) => !areDifferentSymbols(group, leftKeys, rightKeys))
}

/** Both sides know symbols, none is shared (else `mangled` had settled it), and no build noise explains it: other instances. */
function areDifferentSymbols({ left, right }: Group, leftKeys: readonly Keys[], rightKeys: readonly Keys[]): boolean {
  const isProof = (index: number, keys: readonly Keys[]): boolean => {
    const mangled = keys[index]?.mangled
    return mangled !== undefined && !buildNoise.test(mangled)
  }
  return left.every((index) => isProof(index, leftKeys)) && right.every((index) => isProof(index, rightKeys))
}

/** A bare name against full ones; two bare names that are equal met as `demangled`, two full ones as `normalized`. */
function bareAgainstFull({ left, right }: Group, [leftKeys, rightKeys]: readonly [readonly Keys[], readonly Keys[]]): Group[] {
  const pick = (indices: readonly number[], keys: readonly Keys[], isBare: boolean): number[] =>
    indices.filter((index) => keys[index]?.isBare === isBare)
  const [bareLeft, fullLeft] = [pick(left, leftKeys, true), pick(left, leftKeys, false)]
  const [bareRight, fullRight] = [pick(right, rightKeys, true), pick(right, rightKeys, false)]
  // Bare on both sides under one short name but not one canonical name: scopes differ, and nothing says that they are one.
  const groups = [
    { left: bareLeft, right: fullRight },
    { left: fullLeft, right: bareRight },
  ]
  return groups.filter((group) => group.left.length > 0 && group.right.length > 0)
}
