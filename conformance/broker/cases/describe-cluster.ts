import { DescribeCluster } from '../../../src/protocol/messages/describe-cluster.ts'
import { casesOf, type Script } from '../case.ts'

const CONTROLLERS = 2

const plain: Script = async (world) => {
  await world.ask(DescribeCluster, {})
}

export const describeCluster = casesOf(DescribeCluster, ['MISMATCHED_ENDPOINT_TYPE', 'UNSUPPORTED_ENDPOINT_TYPE'], {
  'its brokers': plain,
  'what may be done': async (world) => {
    await world.ask(DescribeCluster, { includeClusterAuthorizedOperations: true })
  },
  'fenced brokers, too': async (world) => {
    await world.ask(DescribeCluster, { includeFencedBrokers: true })
  },
  'its controllers, asked of a broker': [
    { versions: '1+' },
    async (world) => {
      await world.ask(DescribeCluster, { endpointType: CONTROLLERS })
    },
  ],
  'nodes of no type': [
    { versions: '1+' },
    async (world) => {
      await world.ask(DescribeCluster, { endpointType: 0 })
      await world.ask(DescribeCluster, { endpointType: 9 }, { as: 'nor another' })
      await world.ask(DescribeCluster, { endpointType: -1 }, { as: 'below zero' })
    },
  ],
  'several brokers': [{ brokers: 3 }, plain],
})
