/** Where answers tell clients where nodes are. */
import type { Struct } from '../intercept/entity-layout.ts'
import type { HostPort } from '../protocol/host-port.ts'
import type { AnyApi } from '../protocol/message.ts'
import { DescribeCluster } from '../protocol/messages/describe-cluster.ts'
import { DescribeQuorum } from '../protocol/messages/describe-quorum.ts'
import { Fetch } from '../protocol/messages/fetch.ts'
import { FindCoordinator } from '../protocol/messages/find-coordinator.ts'
import { Metadata } from '../protocol/messages/metadata.ts'
import { Produce } from '../protocol/messages/produce.ts'
import { ShareAcknowledge } from '../protocol/messages/share-acknowledge.ts'
import { ShareFetch } from '../protocol/messages/share-fetch.ts'

/** The lists of an answer whose elements are nodes with their addresses, and what such an element calls the node. */
interface Place {
  readonly lists: readonly string[]
  readonly id: string
  /** The list of a node's addresses, where it has several. */
  readonly addresses?: string
  /** Since which version an answer has it. */
  readonly since: number
  /** Nothing but tagged fields follows the list, or it is one itself; mostly it is empty. */
  readonly isAtEnd?: boolean
}

const PLACES: { readonly [apiKey: number]: readonly Place[] } = {
  [Metadata.key]: [{ lists: ['brokers'], id: 'nodeId', since: 0 }],
  [FindCoordinator.key]: [
    { lists: [], id: 'nodeId', since: 0 },
    { lists: ['coordinators'], id: 'nodeId', since: 4 },
  ],
  [DescribeCluster.key]: [{ lists: ['brokers'], id: 'brokerId', since: 0 }],
  // KIP-853: where the voters of the controllers' quorum listen.
  [DescribeQuorum.key]: [{ lists: ['nodes'], id: 'nodeId', addresses: 'listeners', since: 2 }],
  // KIP-951: who leads instead.
  [Produce.key]: [{ lists: ['nodeEndpoints'], id: 'nodeId', since: 10, isAtEnd: true }],
  [Fetch.key]: [{ lists: ['nodeEndpoints'], id: 'nodeId', since: 16, isAtEnd: true }],
  [ShareFetch.key]: [{ lists: ['nodeEndpoints'], id: 'nodeId', since: 0, isAtEnd: true }],
  [ShareAcknowledge.key]: [{ lists: ['nodeEndpoints'], id: 'nodeId', since: 0, isAtEnd: true }],
}

/** Whether answers of an API tell addresses, in some version. */
export function tellsAddresses(apiKey: number): boolean {
  return PLACES[apiKey] !== undefined
}

/** Whether answers of an API tell addresses in a version: somewhere, or only in a list at their end, which has this name. */
export function tellsAddressesIn(
  apiKey: number,
  version: number,
): 'somewhere' | { readonly listAtEnd: string } | undefined {
  const place = PLACES[apiKey]?.find(({ since }) => version >= since)
  if (place === undefined) return undefined
  return place.isAtEnd === true ? { listAtEnd: place.lists[0] as string } : 'somewhere'
}

/** An answer with its addresses changed; the same object where none was. @param change undefined: it stays as it is */
export function withAddresses(
  { key }: AnyApi,
  version: number,
  answer: Struct,
  change: (nodeId: number, address: HostPort) => HostPort | undefined,
): Struct {
  let changed = answer
  for (const place of PLACES[key] ?? []) {
    if (version >= place.since) changed = atPlace(changed, place, 0, change)
  }
  return changed
}

function atPlace(
  holder: Struct,
  place: Place,
  depth: number,
  change: (nodeId: number, address: HostPort) => HostPort | undefined,
): Struct {
  const list = place.lists[depth]
  if (list !== undefined) return mapped(holder, list, (element) => atPlace(element, place, depth + 1, change))
  const nodeId = holder[place.id] as number
  const moved = (element: Struct): Struct => {
    const { host, port } = element as Struct & HostPort
    // FindCoordinator that failed, and nodes that nobody knows.
    if (host === '' || port <= 0) return element
    const address = change(nodeId, { host, port })
    if (address === undefined || (address.host === host && address.port === port)) return element
    return { ...element, host: address.host, port: address.port }
  }
  return place.addresses === undefined ? moved(holder) : mapped(holder, place.addresses, moved)
}

function mapped(holder: Struct, list: string, change: (element: Struct) => Struct): Struct {
  const elements = holder[list] as readonly Struct[] | null | undefined
  if (!elements?.length) return holder
  const next = elements.map(change)
  return next.every((element, i) => element === elements[i]) ? holder : { ...holder, [list]: next }
}
