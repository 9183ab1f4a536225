/** Entries in words: one line for each. */
import type { ConnectionEntry, RequestEntry, TimelineEntry, ToldHandler } from './timeline-entry.ts'

/** An entry in words, in columns. */
export interface Line {
  readonly at: number
  /** Whose doing it is, or what it is about. */
  readonly who: string
  readonly what: string
}

/** Durations below this are told by none. */
const WORTH_TELLING_MS = 1
/** As many partitions are told by their offsets. */
const SHOWN_OFFSETS = 3
/** As many things of a request are shown. */
const SHOWN_ENTITIES = 6

/** An entry as a line. */
export function lineOf(entry: TimelineEntry): Line {
  const { at } = entry
  switch (entry.kind) {
    case 'request': {
      const times = entry.count > 1 ? ` ×${entry.count}` : ''
      const about = aboutOf(entry)
      const what = `${entry.api} v${entry.version}${times}${about === '' ? '' : ` ${about}`}: ${outcomeOf(entry)}`
      return { at, who: whoOf(entry), what }
    }
    case 'connection': {
      const what = entry.change === 'open' ? 'connected' : 'disconnected'
      return { at, who: whoOf(entry), what: entry.reason === undefined ? what : `${what}: ${firstLine(entry.reason)}` }
    }
    case 'group': {
      const members = `${entry.members} ${entry.members === 1 ? 'member' : 'members'}`
      return { at, who: `group ${entry.groupId}`, what: `${entry.state}, generation ${entry.generationId}, ${members}` }
    }
    case 'partition': {
      const { topic, partitions } = entry
      const [who, which] =
        partitions.length === 1 ? [`${topic}/${partitions[0]}`, ''] : [topic, `${ranges(partitions)}: `]
      if (entry.change === 'isr') return { at, who, what: `${which}in sync ${entry.isr.join(', ') || 'none'}` }
      const leader = entry.leader === -1 ? 'no leader' : `leader broker ${entry.leader}`
      return { at, who, what: `${which}${leader}, epoch ${entry.leaderEpoch}` }
    }
    case 'broker':
      return { at, who: `broker ${entry.nodeId}`, what: BROKER_WORDS[entry.change] }
    case 'topic': {
      if (entry.change === 'delete') return { at, who: entry.topic, what: 'topic deleted' }
      const partitions = `${entry.partitions} ${entry.partitions === 1 ? 'partition' : 'partitions'}`
      return { at, who: entry.topic, what: `topic created, ${partitions}` }
    }
    case 'handler': {
      const { handler, api, error } = entry
      return { at, who: whoOf(entry), what: `${api}: ${shownHandler(handler)} threw ${firstLine(error)}` }
    }
    case 'network': {
      if (entry.change === 'heal') return { at, who: 'network', what: 'healed' }
      if (entry.change === 'split') {
        return { at, who: 'network', what: `split: ${entry.sides.map((side) => side.join(', ')).join(' | ')}` }
      }
      const { ends, delay, drop } = entry
      const late = delay > 0 ? [`${delay} ms late`] : []
      const lost = drop > 0 ? [`${Math.round(drop * 100)} % lost`] : []
      return { at, who: 'network', what: `${ends.join(' – ')}: ${[...late, ...lost].join(', ') || 'healthy'}` }
    }
  }
}

const BROKER_WORDS = {
  start: 'started',
  stop: 'stopped',
  pause: 'paused',
  resume: 'resumed',
  fence: 'fenced: the controller holds it for dead',
  unfence: 'unfenced: the controller holds it for alive',
} as const

/** `+0.012 s`, from the start of the cluster on. */
export function timeOf(at: number): string {
  return `+${(at / 1000).toFixed(3)} s`
}

/** Who asked whom. */
export function whoOf({ clientId, nodeId }: Pick<ConnectionEntry, 'clientId' | 'nodeId'>): string {
  return `${clientId || 'a client'} → ${nodeId}`
}

/** What a request is about, with offsets. */
export function aboutOf({ entities, offsets }: Pick<RequestEntry, 'entities' | 'offsets'>): string {
  const byTopic = new Map<string, number[]>()
  const shown: (string | { readonly topic: string })[] = []
  for (const entity of entities) {
    const [, topic, partition] = /^([^ /]+)\/(\d+)$/.exec(entity) ?? []
    if (topic === undefined) {
      shown.push(entity)
      continue
    }
    const partitions = byTopic.get(topic)
    if (partitions !== undefined) partitions.push(Number(partition))
    else {
      byTopic.set(topic, [Number(partition)])
      shown.push({ topic })
    }
  }
  const parts = shown.map((one) => {
    if (typeof one === 'string') return one
    const { topic } = one
    const partitions = (byTopic.get(topic) ?? []).sort((a, b) => a - b)
    if (partitions.length > SHOWN_OFFSETS) return `${topic}/${ranges(partitions)}`
    return partitions.map((partition) => withOffset(`${topic}/${partition}`, offsets)).join(' ')
  })
  return shortened(parts)
}

/** A list of which not everything is shown. */
export function shortened(parts: readonly string[], between = ' '): string {
  const rest = parts.length - SHOWN_ENTITIES
  return rest > 1 ? `${parts.slice(0, SHOWN_ENTITIES).join(between)} and ${rest} more` : parts.join(between)
}

function withOffset(entity: string, offsets: RequestEntry['offsets']): string {
  const offset = offsets[entity]
  return offset === undefined ? entity : `${entity}@${offset}`
}

/** What became of a request. */
function outcomeOf(entry: RequestEntry): string {
  const { durationMs = 0, handlers, by, count } = entry
  const most = count > 1 ? ' at most' : ''
  const took = durationMs >= WORTH_TELLING_MS ? ` in ${lengthOf(durationMs)}${most}` : ''
  const until = count > 1 ? `, until ${timeOf(entry.lastAt)}` : ''
  const acted = handlers.filter(({ did, description }) => did === 'holds' || by === 'broker' || description === by)
  const acts = acted.map((handler) => `, ${ACTS[handler.did]} ${shownHandler(handler)}`).join('')
  return `${resultOf(entry)}${took}${until}${acts}`
}

const ACTS = {
  holds: 'held by',
  passes: 'let pass by',
  threw: 'as it threw in',
  error: 'by',
  response: 'by',
  disconnect: 'by',
  drop: 'dropped by',
  throttle: 'throttled by',
  corrupt: 'corrupted by',
  trickle: 'trickling by',
} as const

/** Of what a request names, that which the rest of it is in. */
const AROUND = /^(group|transaction) /

function resultOf({ outcome, errors, entities, isEmpty, worked, by }: RequestEntry): string {
  switch (outcome) {
    case 'ok':
      return isEmpty ? 'empty' : 'ok'
    case 'error': {
      const inner = entities.filter((entity) => !AROUND.test(entity)).length
      const told = errors.map(({ error, entities: having }) => {
        const isAll = errors.length === 1 && having.length >= inner
        return isAll || having.length === 0 ? error : `${error} (${aboutOf({ entities: having, offsets: {} })})`
      })
      return told.join(', ')
    }
    case 'disconnected':
      if (by !== 'broker') return `disconnected ${worked ? 'after' : 'before'} the work`
      return `disconnected before ${worked ? 'its answer' : 'the broker had it'}`
    case 'held':
      return 'waiting'
    case 'waiting':
      return 'still waiting'
    case 'no answer':
      return 'no answer'
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] as string
}

/** `12 ms`, `3.2 s` */
function lengthOf(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** A handler, and the end of the path where it was made. */
function shownHandler({ description, madeAt }: ToldHandler): string {
  return `${description} (${/[^/\\]*$/.exec(madeAt)?.[0]})`
}

/** `0-3,5` */
export function ranges(numbers: readonly number[]): string {
  const parts: string[] = []
  const sorted = [...new Set(numbers)].sort((a, b) => a - b)
  for (let i = 0; i < sorted.length; ) {
    let end = i
    while (sorted[end + 1] === (sorted[end] as number) + 1) end++
    parts.push(end === i ? `${sorted[i]}` : `${sorted[i]}-${sorted[end]}`)
    i = end + 1
  }
  return parts.join(',')
}

/** Lines below each other, in columns. */
export function aligned(lines: readonly (Line | string)[]): string {
  const columns = lines.filter((line) => typeof line !== 'string')
  const widest = (of: (line: Line) => string): number =>
    Math.min(WIDEST, Math.max(0, ...columns.map((line) => of(line).length)))
  const time = widest(({ at }) => timeOf(at))
  const who = widest((line) => line.who)
  return lines
    .map((line) =>
      typeof line === 'string' ? line : `${timeOf(line.at).padStart(time)}  ${line.who.padEnd(who)}  ${line.what}`,
    )
    .join('\n')
}

/** No column is wider: a line may stand out. */
const WIDEST = 40
