/** How scenarios have coordinators where they want them. */
import { errorName } from '../../../src/protocol/errors.ts'
import { DescribeGroups } from '../../../src/protocol/messages/describe-groups.ts'
import { DescribeTransactions } from '../../../src/protocol/messages/describe-transactions.ts'
import { ElectLeaders } from '../../../src/protocol/messages/elect-leaders.ts'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { move } from '../cases/reassignments.ts'
import type { Client, World } from '../world.ts'

/** As many as the brokers of scenarios give the topics of coordinators. */
const PARTITIONS = [0, 1, 2]
const LOOKS = 200
const PAUSE_MS = 100

/** What coordinates, the topic that decides who does, and the code of the kind of key. */
export const GROUP = { topic: '__consumer_offsets', keyType: 0 } as const
export const TRANSACTION = { topic: '__transaction_state', keyType: 1 } as const
type Kind = typeof GROUP | typeof TRANSACTION

/** Has the first of these brokers coordinate all of a kind, once that has loaded this one. */
export async function coordinate(world: World, kind: Kind, key: string, brokers: readonly [number, ...number[]]) {
  await world.arrange(FindCoordinator, { key, keyType: kind.keyType, coordinatorKeys: [key] })
  await world.ready(kind.topic)
  await give(world, kind.topic, PARTITIONS, brokers)
  await coordinated(world, kind, key, brokers[0])
}

/** Gives partitions these replicas, and has the first of them lead. */
export async function give(world: World, topic: string, partitions: readonly number[], brokers: readonly number[]) {
  await move(world, ...partitions.map((index) => [topic, index, brokers] as const))
  const topicPartitions = [{ topic, partitions: [...partitions] }]
  await world.arrange(ElectLeaders, { electionType: 0, topicPartitions, timeoutMs: 5000 })
  await world.settled()
}

/** Waits until a broker coordinates a group or a transaction, and has loaded it. */
export async function coordinated(world: World, kind: Kind, key: string, nodeId: number): Promise<void> {
  const from = world.clientTo(nodeId)
  let seen = ''
  for (let look = 0; look < LOOKS; look++) {
    seen = errorName(kind === GROUP ? await groupError(world, key, from) : await transactionError(world, key, from))
    if (seen === 'NONE' || seen === 'GROUP_ID_NOT_FOUND' || seen === 'TRANSACTIONAL_ID_NOT_FOUND') return
    await world.pass(PAUSE_MS)
  }
  throw new Error(`broker ${nodeId} does not coordinate ${key}: ${seen}`)
}

async function groupError(world: World, groupId: string, from: Client): Promise<number> {
  return (await world.arrange(DescribeGroups, { groups: [groupId] }, { from })).groups[0]?.errorCode ?? -1
}

async function transactionError(world: World, transactionalId: string, from: Client): Promise<number> {
  const body = { transactionalIds: [transactionalId] }
  return (await world.arrange(DescribeTransactions, body, { from })).transactionStates[0]?.errorCode ?? -1
}

/** Has it compared where brokers say that it is coordinated. */
export async function find(world: World, { keyType }: Kind, key: string, at: readonly number[], as: string) {
  for (const nodeId of at) {
    const told = { from: world.clientTo(nodeId), as: `${as}, asked of broker ${nodeId}` }
    const { min, max } = world.versions(FindCoordinator)
    const versions = { min: Math.max(min, keyType), max }
    await world.askEach(FindCoordinator, { key, keyType, coordinatorKeys: [key] }, { ...told, versions })
  }
}
