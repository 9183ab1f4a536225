import { groupProtocols } from './group-protocols.ts'
import { isFrom, type Release } from './release.ts'

/** Where a node listens. */
export interface Node {
  readonly nodeId: number
  readonly brokerPort: number
  readonly controllerPort: number
  /** The id of its folder of logs, which the quorum knows it by. */
  readonly directoryId: string
  readonly folder: string
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
  const replicas = String(Math.min(MOST_REPLICAS, nodes.length))
  const inSync = String(Math.min(2, nodes.length))
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.nodeId),
    'controller.quorum.bootstrap.servers': nodes.map(({ controllerPort }) => `${HOST}:${controllerPort}`).join(','),
    listeners: `PLAINTEXT://${HOST}:${node.brokerPort},CONTROLLER://${HOST}:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${HOST}:${node.brokerPort}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': node.folder,
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
