import type { BrokerConfig } from './broker-config.ts'
import { unparsable } from './broker-config-checks.ts'
import { ConfigError } from './config-def.ts'

/**
 * Checks the listeners that a broker is to have (`KafkaConfig`, `DynamicListenerConfig.validateReconfiguration`). Throws a
 * `ConfigError` with Kafka's message.
 */
export function checkListeners(config: BrokerConfig): void {
  const listeners = config.list('listeners')
  const protocols = listenerProtocols(config)
  const wrong = (reason: string): ConfigError =>
    new ConfigError(`Error creating broker listeners from '[${listeners.join(', ')}]': ${reason}`)
  const names = listeners.map((listener) => {
    const name = /^(.*):\/\/\[?([0-9a-zA-Z\-%._:]*)\]?:-?\d+$/.exec(listener)?.[1]
    if (name === undefined) throw wrong(`Unable to parse ${listener} to a broker endpoint`)
    if (!protocols.has(name)) throw wrong(`No security protocol defined for listener ${name}`)
    return name
  })
  const advertised = config.list('advertised.listeners').map((listener) => listener.split('://')[0] ?? '')
  if (!advertised.every((name) => names.includes(name))) {
    throw new ConfigError(
      'requirement failed: advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. ' +
        `Found ${advertised.join(',')}. The valid options based on the current configuration are ${names.join(',')}`,
    )
  }
}

/** A listener that is there keeps its protocol. Throws a `ConfigError` with Kafka's message. */
export function checkListenersKeepProtocol(current: BrokerConfig, next: BrokerConfig): void {
  const [before, after] = [listenerProtocols(current), listenerProtocols(next)]
  for (const listener of current.list('listeners')) {
    const name = listener.split('://')[0] ?? ''
    if (after.has(name) && before.get(name) !== after.get(name)) {
      throw new ConfigError(`Security protocol cannot be updated for existing listener ListenerName(${name})`)
    }
  }
}

function listenerProtocols(config: BrokerConfig): Map<string, string> {
  const name = 'listener.security.protocol.map'
  const pairs = config
    .string(name)
    .split(',')
    .filter((pair) => pair.trim() !== '')
  return new Map(
    pairs.map((pair) => {
      const colon = pair.lastIndexOf(':')
      if (colon === -1) throw unparsable(name, pair)
      return [pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()]
    }),
  )
}
