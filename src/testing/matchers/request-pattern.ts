import { inspect } from 'node:util'
import type { RequestEntry } from '../../broker/timeline/timeline-entry.ts'
import type { RequestMatcher } from '../../intercept/handler.ts'
import { meant } from '../../intercept/nearest.ts'
import type { AnyApi } from '../../protocol/message.ts'
import * as apis from '../apis.ts'
import { isHandler } from './receivers.ts'

/** Where a test looks for requests, as it calls it. */
export type Place = 'cluster' | 'proxy'

/** What sees requests as a whole, for an error about what a timeline does not tell. */
export function spyOn(place: Place): string {
  return `const spy = kafka.produce(…, () => undefined), ${place}.use(spy), and then: await expect(${place}).toHaveFired(spy)`
}

/** Which requests are expected, ready to be looked for in a timeline. */
interface RequestPattern {
  readonly description: string
  matches(request: RequestEntry): boolean
}

/**
 * @param expected `kafka.produce({ … })`, or the name of an API
 * @throws TypeError for what is neither, and for what a timeline cannot tell
 */
export function requestPattern(matcher: string, expected: unknown, place: Place): RequestPattern {
  if (typeof expected === 'string') return ofApi(matcher, expected)
  if (isHandler(expected)) return ofMatcher(matcher, expected, place)
  throw new TypeError(
    `${matcher} wants a matcher of requests, such as kafka.produce({ topic: 'orders' }), or the name of an API, not ` +
      inspect(expected, { depth: 0 }),
  )
}

function ofApi(matcher: string, name: string): RequestPattern {
  const names = Object.keys(apis)
  const api = names.find((known) => known.toLowerCase() === name.toLowerCase())
  if (api === undefined) throw new TypeError(`${matcher}: there is no API ${name}${meant(name, names)}`)
  return { description: api, matches: (request) => request.api === api }
}

function ofMatcher(matcher: string, expected: RequestMatcher, place: Place): RequestPattern {
  const { api, description, entities } = expected
  const { topic, partition, group, transactionalId } = entities
  if (expected.asksBody === true || entities.member !== undefined) {
    throw new TypeError(
      `${matcher}: ${description} asks what a timeline does not keep: it tells API, version, client, broker, topics, partitions, groups and ` +
        `transactional ids of a request, and not the request itself. Have a handler look at the requests as they come, ${spyOn(place)}`,
    )
  }
  return {
    description,
    matches: (request) => {
      const { entities: labels, api: name, nodeId, requestId, version, clientId, connectionId } = request
      if (api !== undefined && api.name !== name) return false
      // Of any API when it says of none: what it is called is not asked then.
      const known = api ?? ((apis as unknown as Record<string, AnyApi>)[name] as AnyApi)
      const client = { id: clientId, host: '', connectionId }
      if (!expected.matches({ requestId, api: known, version, body: NOT_KEPT, client, nodeId })) return false
      return (
        (topic === undefined && partition === undefined
          ? true
          : labels.some((label) => isPlace(label, topic, partition))) &&
        (group === undefined || labels.some((label) => isNamed(label, 'group ', group))) &&
        (transactionalId === undefined || labels.some((label) => isNamed(label, 'transaction ', transactionalId)))
      )
    },
  }
}

/** What stands for the request, of which nobody is to ask anything. */
const NOT_KEPT: object = new Proxy(
  {},
  {
    get: (_, name) => {
      throw new TypeError(`a timeline keeps no requests: nobody knows its ${String(name)} any more`)
    },
  },
)

/** Whether an entry names a topic, or a partition of it: `orders`, `orders/0`, `id w-C0…/0`; a request for `all` is about each topic. */
function isPlace(label: string, topic: string | RegExp | undefined, partition: number | undefined): boolean {
  if (label === 'all') return partition === undefined
  const [, id, name, index] = /^(id )?([^ /]+)(?:\/(\d+))?$/.exec(label) ?? []
  if (name === undefined) return false
  if (partition !== undefined && partition !== Number(index ?? -1)) return false
  if (topic === undefined) return true
  return typeof topic === 'string' ? topic === name : id === undefined && name.search(topic) !== -1
}

function isNamed(label: string, kind: string, wanted: string | RegExp): boolean {
  if (!label.startsWith(kind)) return false
  const name = label.slice(kind.length)
  return typeof wanted === 'string' ? wanted === name : name.search(wanted) !== -1
}
