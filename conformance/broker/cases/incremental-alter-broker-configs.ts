import type { Input } from '../../../src/protocol/message.ts'
import { DescribeConfigs } from '../../../src/protocol/messages/describe-configs.ts'
import {
  IncrementalAlterConfigs,
  type IncrementalAlterConfigsRequest,
} from '../../../src/protocol/messages/incremental-alter-configs.ts'
import type { Script, Scripts } from '../case.ts'
import type { World } from '../world.ts'
import { changing, describing, Op, onBrokers, SELF, seeConfigs, Type } from './admin-bodies.ts'

const { SET, DELETE, APPEND, SUBTRACT } = Op

type Operation = readonly [name: string, operation: number, value?: string | null]

function ask(world: World, body: Input<IncrementalAlterConfigsRequest>, as: string): Promise<unknown> {
  return world.ask(IncrementalAlterConfigs, body, { as })
}

/** Operations, each on its own, on this broker and on the default of all. */
function each(operations: Readonly<Record<string, { own?: Operation; all?: Operation }>>): Script {
  return onBrokers(async (world) => {
    for (const [as, { own, all }] of Object.entries(operations)) {
      const resources = [
        ...(own === undefined ? [] : [[Type.BROKER, SELF, own] as const]),
        ...(all === undefined ? [] : [[Type.BROKER, '', all] as const]),
      ]
      await ask(world, changing(resources), as)
    }
  })
}

/** What IncrementalAlterConfigs does to brokers. */
export const brokerConfigScripts: Scripts = {
  'brokers: the default of all, and one': onBrokers(async (world) => {
    const { name } = await world.topic('orders')
    const keys = ['log.retention.ms', 'log.retention.hours', 'message.max.bytes', 'log.cleanup.policy']
    const see = (): Promise<void> =>
      seeConfigs(
        world,
        [Type.BROKER, '', keys],
        [Type.BROKER, SELF, keys],
        [Type.TOPIC, name, ['retention.ms', 'max.message.bytes', 'cleanup.policy']],
      )
    const all = changing([[Type.BROKER, '', ['log.retention.ms', SET, '60000'], ['message.max.bytes', SET, '2000000']]])
    await ask(world, all, 'all')
    await see()
    const own = [
      Type.BROKER,
      SELF,
      ['log.retention.ms', SET, '50000'],
      ['log.cleanup.policy', APPEND, 'compact'],
    ] as const
    await ask(world, changing([own], true), 'one, only validated')
    await ask(world, changing([own]), 'one')
    await see()
    const less = [Type.BROKER, SELF, ['log.retention.ms', DELETE], ['log.cleanup.policy', SUBTRACT, 'compact']] as const
    await ask(world, changing([less]), 'one, less')
    await see()
    const none = [Type.BROKER, '', ['log.retention.ms', DELETE], ['message.max.bytes', DELETE]] as const
    await ask(world, changing([none]), 'none')
    await see()
  }),
  'brokers: names that are wrong': onBrokers(async (world) => {
    const operation = ['log.retention.ms', SET, '100000'] as const
    for (const name of ['2', '99', 'x', '-1']) await ask(world, changing([[Type.BROKER, name, operation]]), name)
  }),
  'brokers: what cannot change while they run': each({
    one: { own: ['num.partitions', SET, '3'], all: ['auto.create.topics.enable', SET, 'false'] },
    deleted: { own: ['num.partitions', DELETE] },
    'of one broker each': { all: ['listener.security.protocol.map', SET, 'PLAINTEXT:PLAINTEXT'] },
    'of one listener each': { own: ['ssl.keystore.location', SET, '/x'] },
    'of one listener, for all brokers': { all: ['listener.name.plaintext.ssl.keystore.location', SET, '/x'] },
  }),
  'brokers: two configs that cannot change': async (world) => {
    const two = changing([[Type.BROKER, '', ['num.partitions', SET, '3'], ['node.id', SET, '3']]])
    await ask(world, two, 'for all')
  },
  'brokers: configs that nobody knows': onBrokers(async (world) => {
    const resources = [
      [Type.BROKER, SELF, ['no.such.2', SET, ' x ']],
      [Type.BROKER, '', ['no.such.3', SET, 'y']],
    ] as const
    await ask(world, changing(resources), 'set')
    await seeConfigs(world, [Type.BROKER, SELF, ['no.such.2', 'no.such.3']], [Type.BROKER, '', ['no.such.3']])
    await ask(world, changing([[Type.BROKER, SELF, ['no.such.2', DELETE]]]), 'deleted')
    await ask(world, changing([[Type.BROKER, '', ['no.such', SUBTRACT, 'x']]]), 'subtracted')
  }),
  'brokers: wrong values': each({
    'no number': { own: ['log.retention.ms', SET, 'x'], all: ['log.retention.ms', SET, '0'] },
    'too small': { own: ['message.max.bytes', SET, '-1'], all: ['log.cleanup.policy', SET, 'x'] },
    'a roll of no time': { own: ['log.roll.ms', SET, '0'], all: ['log.segment.bytes', SET, '10'] },
    'small segments': { all: ['log.segment.bytes', SET, '1048575'] },
    'local retention': { own: ['log.local.retention.ms', SET, '-1'], all: ['log.local.retention.bytes', SET, '-3'] },
    'more local than whole': { all: ['log.local.retention.ms', SET, '999999999999'] },
    'appended to what is not a list': {
      own: ['log.retention.ms', APPEND, '1'],
      all: ['log.retention.ms', SUBTRACT, '1'],
    },
    'a null': { own: ['log.retention.ms', SET, null] },
    'a codec': { all: ['compression.type', SET, 'brotli'] },
    'connections of addresses': { all: ['max.connections.per.ip.overrides', SET, 'x:y'] },
    connections: { own: ['max.connections', SET, '-1'] },
    'a class': { all: ['metric.reporters', SET, 'no.such.Class'] },
    'a bound of speed': { all: ['remote.log.manager.copy.max.bytes.per.second', SET, '0'] },
  }),
  'brokers: threads': each({
    'more than double': { own: ['num.io.threads', SET, '100'], all: ['num.io.threads', SET, '1'] },
    none: { own: ['num.io.threads', SET, '0'], all: ['background.threads', SET, '21'] },
    'of the network': { own: ['num.network.threads', SET, '100'], all: ['num.replica.fetchers', SET, '5'] },
    'of the cleaner': { own: ['log.cleaner.threads', SET, '5'], all: ['log.cleaner.io.buffer.size', SET, '-1'] },
  }),
  'brokers: quotas and producer ids': onBrokers(async (world) => {
    const own = [Type.BROKER, SELF, ['leader.replication.throttled.rate', SET, '5000000']] as const
    const all = [Type.BROKER, '', ['follower.replication.throttled.rate', SET, '-5']] as const
    await ask(world, changing([own, all]), 'quotas')
    const producers = [
      [Type.BROKER, '', ['producer.id.expiration.ms', SET, '0']],
      [Type.BROKER, SELF, ['producer.id.expiration.ms', SET, '86400001']],
    ] as const
    await ask(world, changing(producers), 'producer ids')
    await seeConfigs(world, [Type.BROKER, SELF, ['leader.replication.throttled.rate', 'producer.id.expiration.ms']])
  }),
  'brokers: another one': [
    { brokers: 3 },
    async (world) => {
      const second = world.client(2)
      const keys = ['log.retention.ms']
      const alter = (as: string, name: string, operation: number): Promise<unknown> => {
        const change = changing([[Type.BROKER, name, ['log.retention.ms', operation, '50000']]])
        return world.ask(IncrementalAlterConfigs, change, { as, from: second })
      }
      const see = async (as: string): Promise<void> => {
        await world.settled()
        const body = describing([Type.BROKER, '2', keys], [Type.BROKER, '', keys])
        await world.ask(DescribeConfigs, body, { version: 4, as, from: second })
        await world.ask(DescribeConfigs, describing([Type.BROKER, SELF, keys]), { version: 4, as: `${as}, the first` })
      }
      await alter('the first, asked of the second', SELF, SET)
      await alter('the second', '2', SET)
      await see('one is set')
      await alter('the second, deleted', '2', DELETE)
      await alter('all', '', SET)
      await see('all are set')
      await alter('all, deleted', '', DELETE)
      await see('none is set')
    },
  ],
  'brokers: passwords': onBrokers(async (world) => {
    const name = 'listener.name.other.ssl.key.password'
    await ask(world, changing([[Type.BROKER, SELF, [name, SET, 'secret']]]), 'set')
    await seeConfigs(world, [Type.BROKER, SELF, [name]])
    await ask(world, changing([[Type.BROKER, SELF, [name, DELETE]]]), 'deleted')
  }),
  'brokers: in-sync replicas': onBrokers(async (world) => {
    const name = 'min.insync.replicas'
    await ask(world, changing([[Type.BROKER, '', [name, SET, '0']]]), 'too few')
    await ask(world, changing([[Type.BROKER, '', [name, SET, '1']]]), 'as few as can be')
    await ask(world, changing([[Type.BROKER, SELF, [name, SET, '1']]]), 'of one broker')
    await ask(world, changing([[Type.BROKER, '', [name, DELETE]]]), 'deleted')
    await seeConfigs(world, [Type.BROKER, '', [name]], [Type.BROKER, SELF, [name]])
  }),
}
