import { DescribeConfigs } from '../../../src/protocol/messages/describe-configs.ts'
import { casesOf } from '../case.ts'
import { startedWith } from '../differences.ts'
import type { World } from '../world.ts'
import { describing, SELF, Type } from './admin-bodies.ts'

/** The broker's own configs by name, as it tells them, without those that the two sides are started with. */
async function brokerConfigNames(world: World): Promise<string[]> {
  const { results } = await world.arrange(DescribeConfigs, describing([Type.BROKER, SELF]))
  const names = results.flatMap(({ configs }) => configs.map(({ name }) => name))
  return names.filter((name) => !startedWith.has(name) && !name.startsWith('memkafka.')).sort()
}

export const describeConfigs = casesOf(
  DescribeConfigs,
  ['INVALID_REQUEST', 'INVALID_TOPIC_EXCEPTION', 'UNKNOWN_TOPIC_OR_PARTITION'],
  {
    'a topic': async (world) => {
      const { name } = await world.topic('orders', {
        configs: { 'retention.ms': ' 77777 ', 'cleanup.policy': 'compact, delete' },
      })
      await world.ask(DescribeConfigs, describing([Type.TOPIC, name]))
      const plain = { ...describing([Type.TOPIC, name]), includeSynonyms: false, includeDocumentation: false }
      await world.ask(DescribeConfigs, plain, { as: 'without synonyms and documentation' })
    },
    'a topic by keys': async (world) => {
      const { name } = await world.topic('orders', { configs: { 'segment.ms': '5' } })
      const keys = ['retention.ms', 'segment.ms', 'no.such', 'retention.ms']
      await world.ask(DescribeConfigs, describing([Type.TOPIC, name, keys]))
      await world.ask(DescribeConfigs, describing([Type.TOPIC, name, []]), { as: 'by none' })
      await world.ask(DescribeConfigs, describing([Type.TOPIC, name, ['no.such']]), { as: 'by a wrong one' })
      const twice = describing([Type.TOPIC, name, ['retention.ms']], [Type.TOPIC, name, ['segment.ms']])
      await world.ask(DescribeConfigs, twice, { as: 'twice' })
    },
    'topics that are not there': async (world) => {
      const missing = [world.name('missing'), 'in valid', '', '..', 'a'.repeat(250)]
      await world.ask(DescribeConfigs, describing(...missing.map((name) => [Type.TOPIC, name] as const)))
    },
    'a broker': [
      // Some 330 configs: how versions differ is seen by keys.
      { versions: '4+' },
      async (world) => {
        await world.ask(DescribeConfigs, describing([Type.BROKER, SELF, await brokerConfigNames(world)]))
      },
    ],
    'a broker by keys': async (world) => {
      const keys = ['log.retention.ms', 'log.retention.hours', 'log.roll.hours', 'log.flush.interval.ms']
      const others = ['message.max.bytes', 'ssl.key.password', 'unstable.api.versions.enable', 'no.such']
      await world.ask(DescribeConfigs, describing([Type.BROKER, SELF, [...keys, ...others]]))
    },
    'the default of all brokers': async (world) => {
      await world.ask(DescribeConfigs, describing([Type.BROKER, '']))
      await world.ask(DescribeConfigs, describing([Type.BROKER, '', ['log.retention.ms']]), { as: 'by keys' })
    },
    'brokers that are not this one': async (world) => {
      const others = ['2', 'x', '99', '-1', '99999999999']
      await world.ask(DescribeConfigs, describing(...others.map((name) => [Type.BROKER, name] as const)))
      await world.ask(DescribeConfigs, describing([Type.BROKER, '01', ['log.retention.ms']]), { as: 'this one, oddly' })
      await world.ask(DescribeConfigs, describing([Type.BROKER, '+1', ['log.retention.ms']]), { as: 'with a sign' })
    },
    loggers: async (world) => {
      await world.ask(DescribeConfigs, describing([Type.BROKER_LOGGER, SELF, ['root']]))
      const others = ['2', '', 'x'].map((name) => [Type.BROKER_LOGGER, name, ['root']] as const)
      await world.ask(DescribeConfigs, describing(...others), { as: 'of others' })
    },
    'subscriptions to metrics': async (world) => {
      await world.ask(DescribeConfigs, describing([Type.CLIENT_METRICS, world.name('none')]))
      await world.ask(DescribeConfigs, describing([Type.CLIENT_METRICS, '']), { as: 'without a name' })
    },
    groups: async (world) => {
      await world.ask(DescribeConfigs, describing([Type.GROUP, world.name('group')]))
      await world.ask(DescribeConfigs, describing([Type.GROUP, '']), { as: 'without a name' })
    },
    'types that are not there': async (world) => {
      const { name } = await world.topic('orders')
      const known = [Type.TOPIC, name, ['retention.ms']] as const
      await world.ask(DescribeConfigs, describing(known, [0, 'x'], [99, 'y']))
      await world.ask(DescribeConfigs, describing([1, 'x']), { as: 'alone' })
      await world.ask(DescribeConfigs, describing(known), { as: 'and one that is' })
    },
    nothing: async (world) => {
      await world.ask(DescribeConfigs, describing())
    },
    'another broker': [
      { brokers: 3 },
      async (world) => {
        const keys = ['log.retention.ms', 'message.max.bytes']
        const all = ['1', '2', ''].map((name) => [Type.BROKER, name, keys] as const)
        await world.ask(DescribeConfigs, describing(...all), { from: world.client(2) })
      },
    ],
  },
)
