import { IncrementalAlterConfigs } from '../../../src/protocol/messages/incremental-alter-configs.ts'
import type { Scripts } from '../case.ts'
import type { World } from '../world.ts'
import { changing, Op, SELF, seeConfigs, Type } from './admin-bodies.ts'

const { SET, DELETE, APPEND, SUBTRACT } = Op

type Operation = readonly [name: string, operation: number, value?: string | null]

/** Each operation on a group or a subscription of its own. */
async function askOfEach(
  world: World,
  type: number,
  operations: Readonly<Record<string, Operation>>,
  as?: string,
): Promise<void> {
  const resources = Object.entries(operations).map(([name, operation]) => [type, world.name(name), operation] as const)
  await world.ask(IncrementalAlterConfigs, changing(resources), { ...(as !== undefined && { as }) })
}

/** What IncrementalAlterConfigs does to loggers, groups and subscriptions to the metrics of clients. */
export const otherConfigScripts: Scripts = {
  'loggers: what is wrong with them': async (world) => {
    const wrong: Record<string, Operation> = {
      'a level': ['root', SET, 'LOUD'],
      'a logger': ['no.such', SET, 'INFO'],
      'a lower case': ['root', SET, 'info'],
      appended: ['root', APPEND, 'INFO'],
      subtracted: ['root', SUBTRACT, 'INFO'],
      'an operation': ['root', 9, 'INFO'],
      deleted: ['root', DELETE],
      'another deleted': ['no.such', DELETE],
      'a null': ['root', SET, null],
    }
    for (const [as, operation] of Object.entries(wrong)) {
      await world.ask(IncrementalAlterConfigs, changing([[Type.BROKER_LOGGER, SELF, operation]]), { as })
    }
    const others = ['2', '', 'x'].map((name) => [Type.BROKER_LOGGER, name, ['root', SET, 'INFO']] as const)
    await world.ask(IncrementalAlterConfigs, changing(others), { as: 'of others' })
  },
  'loggers: their levels': async (world) => {
    const set = (level: string): Parameters<typeof changing>[0] => [[Type.BROKER_LOGGER, SELF, ['root', SET, level]]]
    await world.ask(IncrementalAlterConfigs, changing(set('DEBUG'), true), { as: 'only validated' })
    await seeConfigs(world, [Type.BROKER_LOGGER, SELF, ['root']])
    await world.ask(IncrementalAlterConfigs, changing(set('WARN')), { as: 'set' })
    await seeConfigs(world, [Type.BROKER_LOGGER, SELF, ['root']])
    await world.ask(IncrementalAlterConfigs, changing(set('INFO')), { as: 'and back' })
  },
  'metrics: a subscription': async (world) => {
    const name = world.name('metrics')
    const set = [
      Type.CLIENT_METRICS,
      name,
      ['metrics', SET, 'a,b'],
      ['interval.ms', SET, '100'],
      ['match', SET, 'client_id=x'],
    ] as const
    await world.ask(IncrementalAlterConfigs, changing([set]))
    await seeConfigs(world, [Type.CLIENT_METRICS, name])
    const appended = changing([[Type.CLIENT_METRICS, name, ['metrics', APPEND, 'c']]])
    await world.ask(IncrementalAlterConfigs, appended, { as: 'appended' })
    const subtracted = changing([[Type.CLIENT_METRICS, name, ['match', SUBTRACT, 'client_id=x']]])
    await world.ask(IncrementalAlterConfigs, subtracted, { as: 'subtracted' })
    const deleted = [
      Type.CLIENT_METRICS,
      name,
      ['metrics', DELETE],
      ['interval.ms', DELETE],
      ['match', DELETE],
    ] as const
    await world.ask(IncrementalAlterConfigs, changing([deleted]), { as: 'deleted' })
    await seeConfigs(world, [Type.CLIENT_METRICS, name])
  },
  'metrics: what is wrong with them': async (world) => {
    await askOfEach(world, Type.CLIENT_METRICS, {
      interval: ['interval.ms', SET, '1'],
      number: ['interval.ms', SET, 'x'],
      pattern: ['match', SET, 'x'],
      expression: ['match', SET, 'client_id=['],
      unknown: ['no.such', SET, '1'],
    })
    const nameless = changing([[Type.CLIENT_METRICS, '', ['metrics', SET, '']]])
    await world.ask(IncrementalAlterConfigs, nameless, { as: 'no name' })
  },
  'groups: one': async (world) => {
    const name = world.name('group')
    const keys = ['consumer.session.timeout.ms', 'share.auto.offset.reset']
    const set = [
      Type.GROUP,
      name,
      ['consumer.session.timeout.ms', SET, '50000'],
      ['share.auto.offset.reset', SET, 'earliest'],
    ] as const
    await world.ask(IncrementalAlterConfigs, changing([set]))
    await seeConfigs(world, [Type.GROUP, name, keys])
    const deleted = [
      Type.GROUP,
      name,
      ['consumer.session.timeout.ms', DELETE],
      ['share.auto.offset.reset', DELETE],
    ] as const
    await world.ask(IncrementalAlterConfigs, changing([deleted]), { as: 'deleted' })
    await seeConfigs(world, [Type.GROUP, name, keys])
  },
  'groups: what is wrong with them': async (world) => {
    await askOfEach(world, Type.GROUP, {
      a: ['consumer.session.timeout.ms', SET, '5'],
      b: ['consumer.session.timeout.ms', SET, 'x'],
      c: ['consumer.heartbeat.interval.ms', SET, '0'],
      d: ['no.such', SET, '0'],
      e: ['share.auto.offset.reset', SET, 'x'],
      f: ['share.isolation.level', SET, 'x'],
      g: ['streams.assignor.name', SET, 'x'],
      h: ['streams.rack.aware.assignment.tags', SET, 'a,a'],
      i: ['streams.num.standby.replicas', SET, '3'],
      j: ['errors.deadletterqueue.topic.name', SET, '__x'],
      k: ['share.auto.offset.reset', SET, 'by_duration:-P1D'],
      l: ['share.auto.offset.reset', SET, 'none'],
      m: ['share.delivery.count.limit', SET, '11'],
      n: ['streams.num.warmup.replicas', SET, '21'],
      o: ['streams.task.offset.interval.ms', SET, '5'],
      p: ['consumer.session.timeout.ms', APPEND, '50000'],
    })
    const nameless = changing([[Type.GROUP, '', ['consumer.session.timeout.ms', SET, '50000']]])
    await world.ask(IncrementalAlterConfigs, nameless, { as: 'no name' })
  },
  'groups: odd values that are right': async (world) => {
    const [a, b] = [world.name('a'), world.name('b')]
    await askOfEach(world, Type.GROUP, {
      a: ['share.auto.offset.reset', SET, 'by_duration:P1D'],
      b: ['share.auto.offset.reset', SET, 'EARLIEST'],
    })
    await seeConfigs(world, [Type.GROUP, a, ['share.auto.offset.reset']], [Type.GROUP, b, ['share.auto.offset.reset']])
    await askOfEach(
      world,
      Type.GROUP,
      { a: ['share.auto.offset.reset', DELETE], b: ['share.auto.offset.reset', DELETE] },
      'deleted',
    )
  },
}
