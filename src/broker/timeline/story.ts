import { aboutOf, aligned, type Line, lineOf, ranges, shortened, whoOf } from './lines.ts'
import { isTelling } from './telling.ts'
import type { RequestEntry, TimelineEntry } from './timeline-entry.ts'

/** What is told of: all that is named must hold. */
export interface StoryAbout {
  readonly topic?: string
  readonly group?: string
  readonly clientId?: string
}

/** How much is told, and of what. */
export interface StoryOptions {
  /** At most so many lines. Default: 20. */
  readonly last?: number
  /** Default: everything. What became of brokers and the network is told in any case. */
  readonly about?: StoryAbout
}

const LAST = 20

/** What consumers alone ask for. */
const CONSUMING: ReadonlySet<string> = new Set(['Fetch', 'ListOffsets', 'OffsetForLeaderEpoch'])

/** A line, and whether it is more than that things went as they should. */
interface Told {
  readonly line: Line
  readonly isTelling: boolean
}

/** The story that entries tell, in few lines. */
export function storyOf(entries: readonly TimelineEntry[], { last = LAST, about }: StoryOptions): string {
  if (!Number.isSafeInteger(last) || last < 1) throw new TypeError(`story: last is a number of lines, not ${last}`)
  const told = condensed(about === undefined ? entries : entriesAbout(entries, about))
  const kept = chosen(told, last)
  const left = told.length - kept.length
  return aligned([
    ...(left === 0 ? [] : [`(${left} ${left === 1 ? 'line' : 'lines'} left out)`]),
    ...kept.map(({ line }) => line),
  ])
}

/** The last lines; most of them those that tell something. */
function chosen(told: readonly Told[], last: number): readonly Told[] {
  if (told.length <= last) return told
  const newestFirst = told.toReversed()
  // What happened last of all is worth some lines also where it went as it should.
  const recent = newestFirst.slice(0, Math.ceil(last / 4))
  const older = newestFirst.slice(recent.length)
  const byWorth = [...older.filter((one) => one.isTelling), ...older.filter((one) => !one.isTelling)]
  const kept = new Set([...recent, ...byWorth.slice(0, last - recent.length)])
  return told.filter((one) => kept.has(one))
}

/** What tells something has a line of its own; what went as it should in between, one for each client and broker. */
function condensed(entries: readonly TimelineEntry[]): Told[] {
  const started = entries.findIndex(({ kind }) => kind !== 'broker' && kind !== 'topic')
  const before = started === -1 ? entries : entries.slice(0, started)
  const told = beginningOf(before)
  let runs = new Map<unknown, Pick<Run, 'line'>>()
  const flush = (): void => {
    for (const { line } of runs.values()) told.push({ line, isTelling: false })
    runs = new Map()
  }
  for (const entry of entries.slice(before.length)) {
    if (isTelling(entry)) {
      flush()
      told.push({ line: lineOf(entry), isTelling: true })
      continue
    }
    if (entry.kind !== 'request' && entry.kind !== 'connection') {
      runs.set(entry, { line: lineOf(entry) })
      continue
    }
    const who = whoOf(entry)
    const known = runs.get(who)
    const run = known instanceof Run ? known : new Run(entry.at, who)
    runs.set(who, run)
    if (entry.kind === 'request') run.add(entry)
    else run.addWord(entry.change === 'open' ? 'connected' : 'disconnected')
  }
  flush()
  return told
}

/** Brokers and topics that a cluster begins with: one line, where nothing but that has happened to them. */
function beginningOf(entries: readonly TimelineEntry[]): Told[] {
  const nodes: number[] = []
  const topics: string[] = []
  for (const entry of entries) {
    if (entry.kind === 'broker' && entry.change === 'start') nodes.push(entry.nodeId)
    else if (entry.kind === 'topic' && entry.change === 'create') topics.push(entry.topic)
    else if (entry.kind !== 'broker' || entry.change !== 'unfence') {
      return entries.map((one) => ({ line: lineOf(one), isTelling: true }))
    }
  }
  const first = entries[0]
  if (first === undefined) return []
  const parts = [
    ...(nodes.length === 0 ? [] : [`started with ${nodes.length === 1 ? 'broker' : 'brokers'} ${ranges(nodes)}`]),
    ...(topics.length === 0 ? [] : [`${topics.length === 1 ? 'topic' : 'topics'} ${shortened(topics, ', ')}`]),
  ]
  return [{ line: { at: first.at, who: 'cluster', what: parts.join(' · ') }, isTelling: false }]
}

/** Requests of one client to one broker that went as they should. */
class Run {
  private readonly at: number
  private readonly who: string
  private readonly parts = new Map<string, { entry: RequestEntry | undefined; count: number }>()

  constructor(at: number, who: string) {
    this.at = at
    this.who = who
  }

  add(entry: RequestEntry): void {
    const { api, isEmpty, outcome, entities } = entry
    const suffix = outcome === 'waiting' ? ' (waits)' : isEmpty ? ' (empty)' : ''
    const key = JSON.stringify([api, suffix, entities.toSorted()])
    const part = this.parts.get(key)
    this.parts.set(key, { entry, count: (part?.count ?? 0) + entry.count })
  }

  addWord(word: string): void {
    this.parts.set(word, { entry: undefined, count: 1 })
  }

  get line(): Line {
    const words = [...this.parts].map(([word, { entry, count }]) => {
      if (entry === undefined) return word
      const { api, outcome, isEmpty, entities, offsets } = entry
      const about = aboutOf({ entities, offsets })
      const suffix = outcome === 'waiting' ? ' still waiting' : isEmpty ? ' empty' : ''
      return `${api}${count > 1 ? ` ×${count}` : ''}${about === '' ? '' : ` ${about}`}${suffix}`
    })
    return { at: this.at, who: this.who, what: words.join(' · ') }
  }
}

/** What of the entries is about something, and what may have brought it about. */
function entriesAbout(entries: readonly TimelineEntry[], about: StoryAbout): TimelineEntry[] {
  const { topic, group, clientId } = about
  const naming = new Set<string>()
  const members = new Set<string | null>()
  if (group !== undefined) {
    for (const entry of entries) {
      if (entry.kind !== 'request' || !entry.entities.includes(`group ${group}`)) continue
      naming.add(entry.connectionId)
      members.add(entry.clientId)
    }
  }
  // A consumer may ask for records over other connections than for its group.
  const isOfGroup = ({ connectionId, clientId: client, api }: RequestEntry): boolean =>
    naming.has(connectionId) || (CONSUMING.has(api) && members.has(client))
  const isWanted = (entry: RequestEntry): boolean =>
    (topic === undefined || entry.entities.some((entity) => topicOf(entity) === topic)) &&
    (group === undefined || isOfGroup(entry)) &&
    (clientId === undefined || entry.clientId === clientId)
  const requests = entries.filter((entry) => entry.kind === 'request' && isWanted(entry)) as RequestEntry[]
  const wanted = new Set<TimelineEntry>(requests)
  const named = new Set(requests.flatMap(({ entities }) => entities))
  const topics = new Set([...named].flatMap((entity) => topicOf(entity) ?? []))
  if (topic !== undefined) topics.add(topic)
  if (group !== undefined) named.add(`group ${group}`)
  const connections = new Set(requests.map(({ connectionId }) => connectionId))
  return entries.filter((entry) => {
    switch (entry.kind) {
      case 'request':
        return wanted.has(entry)
      case 'connection':
        return connections.has(entry.connectionId)
      case 'group':
        return named.has(`group ${entry.groupId}`)
      case 'topic':
      case 'partition':
        return topics.has(entry.topic)
      case 'handler':
        return requests.some(({ requestId }) => requestId === entry.requestId)
      default:
        return true
    }
  })
}

function topicOf(entity: string): string | undefined {
  return entity.includes(' ') ? undefined : entity.replace(/\/\d+$/, '')
}
