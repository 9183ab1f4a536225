import {
  type Admin,
  ConfigResourceTypes,
  type ConfigResourceTypeValue,
  type Connection,
  DescribeClusterEndpointTypes,
  describeClusterV1,
  describeProducersV0,
  describeTopicPartitionsV0,
  listConfigResourcesV1,
  offsetForLeaderEpochV4,
} from '@platformatic/kafka'
import { expect, test } from 'vitest'
import {
  APART,
  bits,
  connect,
  created,
  FIRST,
  listsConfigResources,
  produced,
  refusal,
  refusals,
} from './admin-platformatic.ts'
import { describeAdmin, named } from './describe-admin.ts'

const { BROKER, BROKER_LOGGER, TOPIC } = ConfigResourceTypes
const { BROKERS, CONTROLLERS } = DescribeClusterEndpointTypes
const CONSUMER = -1

/** What its admin client asks for in other ways or not at all, by the APIs that @platformatic/kafka has beneath it. */
describeAdmin(
  'APIs for admins that @platformatic/kafka has',
  async () => {},
  (theCluster) => {
    test('DescribeCluster tells of the brokers, and sends who looks for controllers elsewhere', async (context) => {
      const cluster = theCluster()
      const admin = connect(cluster, context)
      const connection = await toAny(admin)
      const { id, brokers } = await admin.metadata({ topics: [] })

      const answer = await describeClusterV1.api.async(connection, true, BROKERS)

      expect(answer).toMatchObject({ errorCode: 0, errorMessage: null, endpointType: BROKERS, clusterId: id })
      const described = answer.brokers.map(({ brokerId, ...broker }) => [brokerId, broker] as const)
      expect(new Map(described)).toEqual(brokers)
      expect([...brokers.keys()]).toContain(answer.controllerId)
      expect(answer.clusterAuthorizedOperations).toBe(
        bits('CREATE', 'ALTER', 'DESCRIBE', 'CLUSTER_ACTION', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'IDEMPOTENT_WRITE'),
      )
      expect(await refusals(describeClusterV1.api.async(connection, false, CONTROLLERS))).toEqual([
        { error: 'MISMATCHED_ENDPOINT_TYPE', message: expect.stringContaining('an endpoint of type BROKER') },
      ])
    })

    test('DescribeTopicPartitions tells of partitions page by page', async (context) => {
      const cluster = theCluster()
      const admin = connect(cluster, context)
      const name = await created(cluster, admin, 3)
      const connection = await toAny(admin)
      const { topics } = await admin.metadata({ topics: [name] })
      const page = (topic: string, cursor?: { topicName: string; partitionIndex: number }) =>
        describeTopicPartitionsV0.api.async(connection, [{ name: topic }], 2, cursor)

      const first = await page(name)
      expect(first.nextCursor).toEqual({ topicName: name, partitionIndex: 2 })
      const rest = await page(name, { topicName: name, partitionIndex: 2 })
      expect(rest.nextCursor).toBe(null)
      const operations = ['READ', 'WRITE', 'CREATE', 'DELETE', 'ALTER', 'DESCRIBE'] as const
      for (const { topics: described } of [first, rest]) {
        expect(described).toMatchObject([{ errorCode: 0, name, topicId: topics.get(name)?.id, isInternal: false }])
        expect(described[0]?.topicAuthorizedOperations).toBe(bits(...operations, 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'))
      }
      const partitions = [first, rest].flatMap((each) => each.topics.flatMap((topic) => topic.partitions))
      expect(partitions).toEqual(
        topics.get(name)?.partitions.map(({ leader, leaderEpoch, replicas, isr, offlineReplicas }, partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId: leader,
          leaderEpoch,
          replicaNodes: replicas,
          isrNodes: isr,
          eligibleLeaderReplicas: [],
          lastKnownElr: [],
          offlineReplicas,
        })),
      )
      expect(await refusal(page(named('unknown')))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    })

    test('DescribeProducers tells how far an idempotent producer has come', async (context) => {
      const cluster = theCluster()
      const admin = connect(cluster, context)
      const name = await created(cluster, admin, 1)
      await produced(cluster, name, 5)
      const connection = await toLeader(admin, name)
      const describe = (partition: number) =>
        describeProducersV0.api.async(connection, [{ name, partitionIndexes: [partition] }])

      const { topics } = await describe(0)

      expect(topics).toMatchObject([{ name, partitions: [{ partitionIndex: 0, errorCode: 0, errorMessage: null }] }])
      expect(topics[0]?.partitions[0]?.activeProducers).toEqual([
        {
          producerId: expect.any(BigInt),
          producerEpoch: 0,
          lastSequence: 4,
          lastTimestamp: BigInt(FIRST + 4 * APART),
          coordinatorEpoch: -1,
          currentTxnStartOffset: -1n,
        },
      ])
      expect(await refusal(describe(1))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    })

    test('OffsetForLeaderEpoch tells where an epoch ends, and of epochs that are still to come', async (context) => {
      const cluster = theCluster()
      const admin = connect(cluster, context)
      const topic = await created(cluster, admin, 1)
      await produced(cluster, topic, 5)
      const connection = await toLeader(admin, topic)
      const end = async (currentLeaderEpoch: number, leaderEpoch: number) => {
        const partitions = [{ partitionIndex: 0, currentLeaderEpoch, leaderEpoch }]
        return await offsetForLeaderEpochV4.api.async(connection, CONSUMER, [{ name: topic, partitions }])
      }
      const answer = (leaderEpoch: number, endOffset: bigint) => [
        { topic, partitions: [{ errorCode: 0, partition: 0, leaderEpoch, endOffset }] },
      ]

      expect((await end(0, 0)).topics).toEqual(answer(0, 5n))
      expect((await end(-1, 7)).topics).toEqual(answer(-1, -1n))
      expect(await refusal(end(7, 0))).toBe('UNKNOWN_LEADER_EPOCH')
    })

    test('ListConfigResources lists topics and brokers', async (context) => {
      const cluster = theCluster()
      const admin = connect(cluster, context)
      if (!(await listsConfigResources(admin))) context.skip('brokers list resources of every type since Kafka 4.1')
      const resourceName = await created(cluster, admin, 1)
      const connection = await toAny(admin)
      const { brokers } = await admin.metadata({ topics: [] })
      const names = [...brokers.keys()].map(String).sort()
      const list = async (...types: ConfigResourceTypeValue[]) =>
        (await listConfigResourcesV1.api.async(connection, types)).configResources

      expect(await list(TOPIC)).toContainEqual({ resourceType: TOPIC, resourceName })
      expect((await list(BROKER)).map((each) => each.resourceName).sort()).toEqual(names)
      expect((await list(BROKER, BROKER_LOGGER)).map((each) => each.resourceName).sort()).toEqual(
        [...names, ...names].sort(),
      )
      const all = await list()
      expect(all).toContainEqual({ resourceType: TOPIC, resourceName })
      for (const name of names) expect(all).toContainEqual({ resourceType: BROKER, resourceName: name })
    })
  },
)

async function toAny(admin: Admin): Promise<Connection> {
  const [connection] = (await admin.connectToBrokers()).values()
  if (!connection) throw new Error('there are no brokers')
  return connection
}

/** To the leader of the topic's first partition. */
async function toLeader(admin: Admin, topic: string): Promise<Connection> {
  const { topics } = await admin.metadata({ topics: [topic] })
  const leader = topics.get(topic)?.partitions[0]?.leader ?? -1
  const connection = (await admin.connectToBrokers([leader])).get(leader)
  if (!connection) throw new Error(`${topic} has no leader`)
  return connection
}
