import type { Input } from '../../../src/protocol/message.ts'
import {
  ListConfigResources,
  type ListConfigResourcesRequest,
  type ListConfigResourcesResponse,
} from '../../../src/protocol/messages/list-config-resources.ts'
import { casesOf, type Script } from '../case.ts'
import type { World } from '../world.ts'
import { change, Op, Type } from './admin-bodies.ts'

/** An answer without the topics, groups and subscriptions of others: what they made before differs from run to run. */
function ownResources(world: World): { telling: (answer: ListConfigResourcesResponse) => ListConfigResourcesResponse } {
  const own = world.name('')
  return {
    telling: (answer) => ({
      ...answer,
      configResources: answer.configResources.filter(
        ({ resourceName, resourceType }) =>
          resourceName.endsWith(own) || resourceType === Type.BROKER || resourceType === Type.BROKER_LOGGER,
      ),
    }),
  }
}

function of(...resourceTypes: number[]): Input<ListConfigResourcesRequest> {
  return { resourceTypes }
}

const everyType: Script = async (world) => {
  await world.topic('orders')
  await world.ask(ListConfigResources, {}, ownResources(world))
}

export const listConfigResources = casesOf(ListConfigResources, ['UNSUPPORTED_VERSION'], {
  'of every type': everyType,
  'subscriptions to metrics, while there are any': async (world) => {
    const name = world.name('metrics')
    await change(world, [Type.CLIENT_METRICS, name, ['interval.ms', Op.SET, '1000']])
    await world.ask(ListConfigResources, {}, ownResources(world))
    await change(world, [Type.CLIENT_METRICS, name, ['interval.ms', Op.DELETE]])
    await world.ask(ListConfigResources, {}, { ...ownResources(world), as: 'afterwards' })
  },
  'of some types': [
    { versions: '1+' },
    async (world) => {
      await world.topic('orders')
      const group = world.name('group')
      await change(world, [Type.GROUP, group, ['consumer.session.timeout.ms', Op.SET, '50000']])
      const asked: Record<string, number[]> = {
        topics: [Type.TOPIC],
        brokers: [Type.BROKER],
        loggers: [Type.BROKER_LOGGER],
        'metrics and groups': [Type.CLIENT_METRICS, Type.GROUP],
        'topics twice': [Type.TOPIC, Type.TOPIC],
      }
      for (const [as, types] of Object.entries(asked)) {
        await world.ask(ListConfigResources, of(...types), { ...ownResources(world), as })
      }
      await change(world, [Type.GROUP, group, ['consumer.session.timeout.ms', Op.DELETE]])
      await world.ask(ListConfigResources, of(Type.GROUP), { ...ownResources(world), as: 'groups afterwards' })
    },
  ],
  'of types that are not there': [
    { versions: '1+' },
    async (world) => {
      await world.ask(ListConfigResources, of(Type.TOPIC, 1))
      await world.ask(ListConfigResources, of(0), { as: 'unknown' })
    },
  ],
  'of several brokers': [{ brokers: 3 }, everyType],
})
