import { groupProtocols } from './group-protocols.ts'
import { isFrom, type Release } from './release.ts'

/** What a node is, and where it listens. */
export interface Node {
  readonly nodeId: number
  /** Undefined: it is a controller alone. */
  readonly brokerPort: number | undefined
  /** Undefined: it is a broker alone. */
  readonly controllerPort: number | undefined
  /** Where it stands; nowhere when left out. */
  readonly rack?: string
  /** The id of its folder of logs, which the quorum knows it by. */
  readonly directoryId: string
  readonly folder: string
}

export function isBroker({ brokerPort }: Node): boolean {
  return brokerPort !== undefined
}

export function isController({ controllerPort }: Node): boolean {
  return controllerPort !== undefined
}

/** Where its clients find it, `host:port`. */
export function brokerAddress({ brokerPort }: Node): string {
  return `${HOST}:${brokerPort}`
}

/** Where brokers and other controllers find it, `host:port`. */
export function controllerAddress({ controllerPort }: Node): string {
  return `${HOST}:${controllerPort}`
}

/** All nodes bind to loopback alone. */
export const HOST = '127.0.0.1'

/** Internal topics have no more replicas than this on any cluster. */
const MOST_REPLICAS = 3

/** The configs of a node. What the caller asks for comes last and wins. */
export function properties(
  release: Release,
  node: Node,
  nodes: readonly Node[],
  { authorizer, earlyAccess }: { readonly authorizer: boolean; readonly earlyAccess: boolean },
  configs: Readonly<Record<string, string>>,
): Record<string, string> {
  const brokers = nodes.filter(isBroker).length
  const replicas = String(Math.min(MOST_REPLICAS, brokers))
  const inSync = String(Math.min(2, brokers))
  const { nodeId, brokerPort, controllerPort } = node
  const brokerListener = brokerPort === undefined ? [] : [`PLAINTEXT://${HOST}:${brokerPort}`]
  const controllerListener = controllerPort === undefined ? [] : [`CONTROLLER://${HOST}:${controllerPort}`]
  return {
    'process.roles': [...(isBroker(node) ? ['broker'] : []), ...(isController(node) ? ['controller'] : [])].join(','),
    'node.id': String(nodeId),
    'controller.quorum.bootstrap.servers': nodes.filter(isController).map(controllerAddress).join(','),
    listeners: [...brokerListener, ...controllerListener].join(','),
    'advertised.listeners': [...brokerListener, ...(isBroker(node) ? [] : controllerListener)].join(','),
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': node.folder,
    ...(node.rack === undefined ? {} : { 'broker.rack': node.rack }),
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    ...shareTopic(release, replicas, inSync),
    ...groupProtocols(release, earlyAccess).configs,
    'group.initial.rebalance.delay.ms': '0',
    ...(authorizer
      ? {
          'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
          // On listeners without SASL everyone is ANONYMOUS, the brokers too: without this no controller could be elected.
          'super.users': 'User:ANONYMOUS',
        }
      : {}),
    ...configs,
  }
}

function shareTopic(release: Release, replicas: string, inSync: string): Record<string, string> {
  if (!isFrom(release, 4, 0)) return {}
  return {
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
  }
}

/** The text of a server.properties. */
export function propertiesText(configs: Readonly<Record<string, string>>): string {
  return Object.entries(configs)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('')
}
