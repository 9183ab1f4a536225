import { IncrementalAlterConfigs } from '../../../src/protocol/messages/incremental-alter-configs.ts'
import { casesOf } from '../case.ts'
import { changing, Op, SELF, seeConfigs, Type } from './admin-bodies.ts'
import { brokerConfigScripts } from './incremental-alter-broker-configs.ts'
import { otherConfigScripts } from './incremental-alter-other-configs.ts'

const { SET, DELETE, APPEND, SUBTRACT } = Op

export const incrementalAlterConfigs = casesOf(
  IncrementalAlterConfigs,
  [
    'INVALID_CONFIG',
    'INVALID_REQUEST',
    'INVALID_TOPIC_EXCEPTION',
    'UNKNOWN_SERVER_ERROR',
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  {
    'set and deleted': async (world) => {
      const { name } = await world.topic('orders')
      const keys = ['retention.ms', 'segment.ms']
      const set = changing([[Type.TOPIC, name, ['retention.ms', SET, '5'], ['segment.ms', SET, ' 6 ']]])
      await world.ask(IncrementalAlterConfigs, set)
      await seeConfigs(world, [Type.TOPIC, name, keys])
      const validated = changing([[Type.TOPIC, name, ['retention.ms', SET, '9']]], true)
      await world.ask(IncrementalAlterConfigs, validated, { as: 'only validated' })
      await seeConfigs(world, [Type.TOPIC, name, keys])
      const deleted = changing([
        [Type.TOPIC, name, ['retention.ms', DELETE], ['segment.ms', DELETE, 'x'], ['no.such', DELETE]],
      ])
      await world.ask(IncrementalAlterConfigs, deleted, { as: 'deleted' })
      await seeConfigs(world, [Type.TOPIC, name, keys])
    },
    'lists that grow and shrink': async (world) => {
      const { name } = await world.topic('orders')
      const see = (): Promise<void> => seeConfigs(world, [Type.TOPIC, name, ['cleanup.policy']])
      const alter = (as: string, operation: number, value: string | null): Promise<unknown> =>
        world.ask(IncrementalAlterConfigs, changing([[Type.TOPIC, name, ['cleanup.policy', operation, value]]]), { as })
      await alter('appended', APPEND, 'compact')
      await see()
      await alter('appended again', APPEND, 'compact,delete')
      await alter('subtracted', SUBTRACT, 'delete')
      await see()
      await alter('all subtracted', SUBTRACT, 'compact')
      await see()
      await alter('deleted', DELETE, null)
      await see()
    },
    'what is not a list': async (world) => {
      const { name } = await world.topic('orders')
      const { name: more } = await world.topic('more')
      await world.ask(
        IncrementalAlterConfigs,
        changing([
          [Type.TOPIC, name, ['retention.ms', APPEND, '5']],
          [Type.TOPIC, more, ['no.such', SUBTRACT, '5']],
        ]),
      )
    },
    'throttled replicas': async (world) => {
      const { name } = await world.topic('orders')
      const { name: more } = await world.topic('more')
      const leader = 'leader.replication.throttled.replicas'
      const follower = 'follower.replication.throttled.replicas'
      await world.ask(
        IncrementalAlterConfigs,
        changing([
          [Type.TOPIC, name, [leader, APPEND, '0:1'], [follower, SET, '*']],
          [Type.TOPIC, more, [follower, SET, 'x']],
        ]),
      )
      await seeConfigs(world, [Type.TOPIC, name, [leader, follower]])
    },
    nulls: async (world) => {
      const { name } = await world.topic('orders')
      const nulls = changing([[Type.TOPIC, name, ['retention.ms', SET, null], ['segment.ms', DELETE]]])
      await world.ask(IncrementalAlterConfigs, nulls)
      const appended = changing([[Type.TOPIC, name, ['cleanup.policy', APPEND, null]]])
      await world.ask(IncrementalAlterConfigs, appended, { as: 'appended' })
    },
    'wrong values': async (world) => {
      const wrong = {
        number: ['retention.ms', SET, 'x'],
        small: ['retention.ms', SET, '-2'],
        unknown: ['no.such', SET, '1'],
        long: ['follower.replication.throttled.replicas', SET, '0:0,'.repeat(10_000)],
        remote: ['remote.storage.enable', SET, 'true'],
        segment: ['segment.bytes', SET, '1048575'],
        format: ['message.format.version', SET, '2.0'],
        empty: ['cleanup.policy', SET, ''],
        duplicate: ['cleanup.policy', SET, 'compact,compact'],
      } as const
      const names = Object.keys(wrong)
      for (const name of names) await world.topic(name)
      const all = Object.entries(wrong).map(([name, operation]) => [Type.TOPIC, world.name(name), operation] as const)
      await world.ask(IncrementalAlterConfigs, changing(all))
      const { name } = await world.topic('orders')
      const lags = changing([
        [Type.TOPIC, name, ['min.compaction.lag.ms', SET, '10'], ['max.compaction.lag.ms', SET, '5']],
      ])
      await world.ask(IncrementalAlterConfigs, lags, { as: 'wrong together' })
    },
    'an operation that is not there': async (world) => {
      const { name } = await world.topic('orders')
      await world.ask(IncrementalAlterConfigs, changing([[Type.TOPIC, name, ['retention.ms', 9, '1']]]))
      await world.ask(IncrementalAlterConfigs, changing([[Type.BROKER, SELF, ['log.retention.ms', 9, '1']]]), {
        as: 'on a broker',
      })
    },
    'topics that are not there': async (world) => {
      await world.ask(
        IncrementalAlterConfigs,
        changing([
          [Type.TOPIC, world.name('missing'), ['retention.ms', SET, '1']],
          [Type.TOPIC, world.name('gone'), ['retention.ms', SET, 'x']],
          [Type.TOPIC, '', ['retention.ms', SET, '1']],
          [Type.TOPIC, 'in valid', ['retention.ms', SET, '1']],
        ]),
      )
    },
    'a resource twice': async (world) => {
      const { name } = await world.topic('orders')
      const { name: more } = await world.topic('more')
      await world.ask(
        IncrementalAlterConfigs,
        changing([
          [Type.TOPIC, name, ['retention.ms', SET, '1']],
          [Type.TOPIC, name, ['retention.ms', SET, '2']],
          [Type.TOPIC, more, ['retention.ms', SET, '100']],
        ]),
      )
      await seeConfigs(world, [Type.TOPIC, name, ['retention.ms']], [Type.TOPIC, more, ['retention.ms']])
    },
    'a key twice': async (world) => {
      const { name } = await world.topic('orders')
      const twice = changing([[Type.TOPIC, name, ['retention.ms', SET, '1'], ['retention.ms', DELETE]]])
      await world.ask(IncrementalAlterConfigs, twice)
    },
    'nothing of a topic, and nothing': async (world) => {
      const { name } = await world.topic('orders')
      await world.ask(IncrementalAlterConfigs, changing([[Type.TOPIC, name]]))
      await world.ask(IncrementalAlterConfigs, changing([]), { as: 'nothing' })
    },
    'types that are not there': async (world) => {
      await world.ask(
        IncrementalAlterConfigs,
        changing([
          [99, 'x', ['a', SET, '1']],
          [0, 'y', ['a', SET, '1']],
        ]),
      )
    },
    ...brokerConfigScripts,
    ...otherConfigScripts,
  },
)
