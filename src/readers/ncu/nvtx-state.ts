/** NVTX ranges that were open when a kernel was launched. */
import type { UnknownFields, WireCursor } from './wire.ts'

interface Domain {
  readonly name: string
  readonly strings: readonly string[]
}

interface Stack {
  readonly thread: number
  readonly domain: number
  /** A name, or an index into the domain's strings. */
  readonly names: readonly (string | number)[]
}

function parseDomain(wire: WireCursor, domains: Map<number, Domain>): void {
  const end = wire.enter()
  let id = 0
  let name = ''
  const strings: string[] = []
  while (wire.next(end)) {
    if (wire.field === 1) id = wire.number()
    else if (wire.field === 2) name = wire.text()
    else if (wire.field === 3 && wire.type === 2) strings.push(wire.text())
    else wire.skip()
  }
  domains.set(id, { name, strings })
}

function parseStackDomain(wire: WireCursor, thread: number): Stack {
  const end = wire.enter()
  let domain = 0
  const names: (string | number)[] = []
  while (wire.next(end)) {
    if (wire.field === 1) domain = wire.number()
    else if (wire.field === 3 && wire.type === 2) parseStackEntry(wire, names)
    else wire.skip()
  }
  return { thread, domain, names }
}

function parseStackEntry(wire: WireCursor, names: (string | number)[]): void {
  const end = wire.enter()
  while (wire.next(end)) {
    if (wire.field === 1) names.push(wire.type === 2 ? wire.text() : wire.number())
    else wire.skip()
  }
}

function parseThread(wire: WireCursor, stacks: Stack[], unknown: UnknownFields): void {
  const end = wire.enter()
  let thread = 0
  while (wire.next(end)) {
    if (wire.field === 1) thread = wire.number()
    else if (wire.field === 2) stacks.push(parseStackDomain(wire, thread))
    else unknown.skip(wire, 'NvtxThread')
  }
}

/** The cursor stands at the field that holds an NvtxState. `launchThread` chooses among the threads where the state has several. */
export function parseNvtxState(wire: WireCursor, launchThread: number, unknown: UnknownFields): string[] {
  const end = wire.enter()
  const domains = new Map<number, Domain>()
  const stacks: Stack[] = []
  while (wire.next(end)) {
    if (wire.field === 1) parseDomain(wire, domains)
    else if (wire.field === 2) parseThread(wire, stacks, unknown)
    else if (wire.field <= 4) wire.skip()
    else unknown.skip(wire, 'NvtxState')
  }
  const ofLaunch = stacks.filter(({ thread }) => thread === launchThread)
  return (ofLaunch.length > 0 ? ofLaunch : stacks).flatMap(({ domain, names }) => {
    const known = domains.get(domain)
    const prefix = known === undefined || known.name === '' ? '' : `${known.name}/`
    return names.map((name) => prefix + (typeof name === 'string' ? name : (known?.strings[name] ?? `#${name}`)))
  })
}
