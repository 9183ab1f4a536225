/** Broker configs that say the same in different units; the first one that is set counts. */
const families: readonly (readonly string[])[] = [
  ['log.roll.ms', 'log.roll.hours'],
  ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
  ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
]

/** What is set for one SASL mechanism of a listener: `listener.name.<listener>.<mechanism>.<config>`. */
const ofMechanisms = [
  'sasl.jaas.config',
  'sasl.login.callback.handler.class',
  'sasl.login.class',
  'sasl.server.callback.handler.class',
  'connections.max.reauth.ms',
]

/** The names by which the value of a broker config may be given, itself among them (`DynamicBrokerConfig.brokerConfigSynonyms`). */
export function brokerConfigSynonyms(name: string): readonly string[] {
  if (name === 'log.flush.interval.ms') return [name, 'log.flush.scheduler.interval.ms']
  const family = families.find((names) => names.includes(name))
  if (family !== undefined) return family
  const base = listenerConfigBase(name)
  return base === undefined ? [name] : [name, base]
}

/** The config that `listener.name.<listener>.<config>` sets for one listener; undefined when a name is not such a one. */
export function listenerConfigBase(name: string): string | undefined {
  const base = /^listener\.name\.[^.]*\.(.*)$/.exec(name)?.[1]
  return base === undefined ? undefined : (ofMechanisms.find((config) => base.endsWith(config)) ?? base)
}
