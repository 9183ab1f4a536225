import { AlterConfigs } from '../../../src/protocol/messages/alter-configs.ts'
import { casesOf } from '../case.ts'
import { change, Op, onBrokers, replacing, SELF, seeConfigs, Type } from './admin-bodies.ts'

const KEYS = ['retention.ms', 'cleanup.policy', 'segment.ms']

export const alterConfigs = casesOf(
  AlterConfigs,
  [
    'INVALID_CONFIG',
    'INVALID_REQUEST',
    'INVALID_TOPIC_EXCEPTION',
    'UNKNOWN_SERVER_ERROR',
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  {
    'a topic': async (world) => {
      const { name } = await world.topic('orders', { configs: { 'cleanup.policy': 'compact' } })
      await world.ask(AlterConfigs, replacing([[Type.TOPIC, name, { 'retention.ms': '123', 'segment.ms': ' 6 ' }]]))
      await seeConfigs(world, [Type.TOPIC, name, KEYS])
      await world.ask(AlterConfigs, replacing([[Type.TOPIC, name, {}]]), { as: 'nothing is left' })
      await seeConfigs(world, [Type.TOPIC, name, KEYS])
    },
    'only validated': async (world) => {
      const { name } = await world.topic('orders', { configs: { 'retention.ms': '5' } })
      await world.ask(AlterConfigs, replacing([[Type.TOPIC, name, {}]], true))
      await world.ask(AlterConfigs, replacing([[Type.TOPIC, name, { 'retention.ms': 'x' }]], true), {
        as: 'a wrong one',
      })
      await seeConfigs(world, [Type.TOPIC, name, KEYS])
    },
    'what is wrong with topics': async (world) => {
      const { name } = await world.topic('orders')
      const { name: more } = await world.topic('more')
      const { name: good } = await world.topic('good')
      await world.ask(
        AlterConfigs,
        replacing([
          [Type.TOPIC, name, { 'retention.ms': 'x' }],
          [Type.TOPIC, more, { 'no.such': '1' }],
          [Type.TOPIC, good, { 'retention.ms': '5' }],
          [Type.TOPIC, world.name('missing'), {}],
          [Type.TOPIC, world.name('gone'), { 'retention.ms': 'x' }],
          [Type.TOPIC, '', {}],
          [Type.TOPIC, 'in valid', {}],
        ]),
      )
      await seeConfigs(world, [Type.TOPIC, name, KEYS], [Type.TOPIC, good, KEYS])
    },
    nulls: async (world) => {
      const { name } = await world.topic('orders')
      await world.ask(AlterConfigs, replacing([[Type.TOPIC, name, { 'retention.ms': null }]]))
    },
    'a key twice': async (world) => {
      const { name } = await world.topic('orders')
      const configs = ['1', '2'].map((value) => ({ name: 'retention.ms', value }))
      const resources = [{ resourceType: Type.TOPIC, resourceName: name, configs }]
      await world.ask(AlterConfigs, { resources, validateOnly: false })
      await seeConfigs(world, [Type.TOPIC, name, KEYS])
    },
    'a broker': onBrokers(async (world) => {
      await world.ask(AlterConfigs, replacing([[Type.BROKER, SELF, { 'log.retention.ms': '5000' }]]))
      await seeConfigs(world, [Type.BROKER, SELF, ['log.retention.ms']])
      await world.ask(AlterConfigs, replacing([[Type.BROKER, SELF, {}]]), { as: 'nothing is left' })
      await seeConfigs(world, [Type.BROKER, SELF, ['log.retention.ms']])
    }),
    'what is wrong with brokers': onBrokers(async (world) => {
      await world.ask(
        AlterConfigs,
        replacing([
          [Type.BROKER, SELF, { 'num.partitions': '3' }],
          [Type.BROKER, '2', {}],
          [Type.BROKER, 'x', {}],
        ]),
      )
      const wrong = { 'log.retention.ms': 'x' }
      await world.ask(AlterConfigs, replacing([[Type.BROKER, SELF, wrong]]), { as: 'a value' })
    }),
    'a logger': async (world) => {
      await world.ask(AlterConfigs, replacing([[Type.BROKER_LOGGER, SELF, { root: 'INFO' }]]))
    },
    'types that are not there': async (world) => {
      await world.ask(
        AlterConfigs,
        replacing([
          [99, SELF, { root: 'INFO' }],
          [0, 'x', {}],
        ]),
      )
    },
    'a group and a subscription to metrics': async (world) => {
      const [group, metrics] = [world.name('group'), world.name('metrics')]
      await world.ask(
        AlterConfigs,
        replacing([
          [Type.GROUP, group, { 'consumer.session.timeout.ms': '50000' }],
          [Type.CLIENT_METRICS, metrics, { metrics: 'x' }],
        ]),
      )
      await seeConfigs(world, [Type.CLIENT_METRICS, metrics])
      await world.ask(
        AlterConfigs,
        replacing([
          [Type.GROUP, group, {}],
          [Type.CLIENT_METRICS, metrics, {}],
        ]),
        { as: 'nothing is left' },
      )
      await seeConfigs(world, [Type.CLIENT_METRICS, metrics])
    },
    'what is wrong with groups and subscriptions to metrics': async (world) => {
      await world.ask(
        AlterConfigs,
        replacing([
          [Type.GROUP, world.name('a'), { 'consumer.session.timeout.ms': '5' }],
          [Type.GROUP, world.name('b'), { 'no.such': '5' }],
          [Type.GROUP, '', {}],
          [Type.CLIENT_METRICS, world.name('c'), { 'interval.ms': 'x' }],
          [Type.CLIENT_METRICS, world.name('d'), { 'interval.ms': '99' }],
          [Type.CLIENT_METRICS, world.name('e'), { 'no.such': '5' }],
          [Type.CLIENT_METRICS, '', {}],
        ]),
      )
    },
    'the default of all brokers': onBrokers(async (world) => {
      await change(world, [Type.BROKER, '', ['log.retention.ms', Op.SET, '60000']])
      await world.ask(AlterConfigs, replacing([[Type.BROKER, '', { 'min.insync.replicas': '1' }]]))
      await seeConfigs(world, [Type.BROKER, '', ['log.retention.ms', 'min.insync.replicas']])
    }),
    'a resource twice': [
      // Kafka does not answer: once is enough.
      { versions: '2+' },
      async (world) => {
        const { name } = await world.topic('orders')
        await world.ask(
          AlterConfigs,
          replacing([
            [Type.TOPIC, name, {}],
            [Type.TOPIC, name, {}],
          ]),
        )
      },
    ],
    nothing: async (world) => {
      await world.ask(AlterConfigs, replacing([]))
    },
  },
)
