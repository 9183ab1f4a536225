import { inspect } from 'node:util'
import type { BrokerHandle } from './broker-handle.ts'

/**
 * The node id of a broker that was given to `where`.
 * @throws TypeError for what is no broker
 */
export function nodeIdOf(where: string, broker: BrokerHandle): number {
  const given: unknown = broker
  if (typeof given === 'object' && given !== null && 'nodeId' in given && typeof given.nodeId === 'number') {
    return given.nodeId
  }
  const example = typeof given === 'number' ? given : 1
  throw new TypeError(`${where} wants a broker, as cluster.broker(${example}), not ${inspect(given, { depth: 0 })}`)
}
