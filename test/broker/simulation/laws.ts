import { inspect } from 'node:util'
import { RecordBatch } from '../../../src/protocol/records/record-batch.ts'
import type { PartitionView } from './consumer.ts'
import type { Producer, SentBatch } from './producer.ts'
import type { PartitionName, World } from './world.ts'

/** A record in a log, in the end. */
interface Kept {
  readonly offset: number
  readonly value: string
  /** Whether a reader of committed records is to see it. */
  readonly visible: boolean
}

/** What broke a law, and what was lost where the laws allow it. */
export interface Verdict {
  readonly violations: string[]
  readonly losses: string[]
}

/** Whether everyone has done what there was to do, and every replica has everything. */
export function isSettled(world: World): boolean {
  return unsettled(world).length === 0
}

/**
 * Whether a partition has nobody to lead it for good, as in Kafka up to 4.4.0 (KIP-966): a reassignment that is completed while too few are in sync
 * leaves a replica that is none any more among the eligible leaders, and for its sake no other is elected; another `min.insync.replicas` has all
 * forgotten that were eligible, the last leader as well, though nobody is in sync.
 */
export function hangsAsInKafka(world: World): boolean {
  return world.partitions.some((name) => {
    const partition = world.image(name)
    if (partition === undefined || partition.leader !== -1 || partition.isr.length > 0) return false
    const { eligibleLeaderReplicas, lastKnownElr, replicas } = partition
    if (eligibleLeaderReplicas.length === 0) return lastKnownElr.length === 0
    return eligibleLeaderReplicas.some((nodeId) => !replicas.includes(nodeId))
  })
}

/**
 * What must hold at every moment: nobody leads in the epoch of another leader, and whatever the leader says is committed is on every replica that
 * may lead next.
 */
export function brokenNow(world: World): string[] {
  return world.partitions.flatMap((name) => {
    const image = world.image(name)
    const leading = world.leading(name)
    const where = `${name.topic}-${name.index}`
    const leaders = world.leadersOf(name)
    const epochs = leaders.map(({ leaderEpoch }) => leaderEpoch)
    if (new Set(epochs).size < epochs.length) return [`${where} has two leaders in one of the epochs ${epochs}`]
    if (image === undefined || leading?.leaderEpoch !== image.leaderEpoch || !leading.isLeader) return []
    if (!world.isSafe(name.topic)) return []
    const { highWatermark } = leading
    // Whoever is fenced has to register first, and is eligible no more if it did not stop in order.
    const mayLead = (nodeId: number): boolean => world.isAlive(nodeId) && image.replicas.includes(nodeId)
    const eligible = [...image.isr, ...image.eligibleLeaderReplicas.filter(mayLead)]
    const behind = eligible.filter((nodeId) => (world.log(name, nodeId)?.logEndOffset ?? 0) < highWatermark)
    return behind.length === 0 ? [] : [`${where} is committed to ${highWatermark}, which ${behind} may lead without`]
  })
}

/** What is not yet as it is to be once nothing is in the way any more. */
export function unsettled(world: World): string[] {
  const left: string[] = []
  if (world.pending > 0) left.push(`${world.pending} brokers are starting or stopping`)
  for (const client of [...world.producers, ...world.transactional, ...world.committers, ...world.members]) {
    if (!client.isIdle) left.push(`${client.id} has not done its work`)
  }
  if (left.length > 0) return left
  for (const name of world.partitions) {
    const why = unevenness(world, name)
    if (why !== undefined) left.push(`${name.topic}-${name.index}: ${why}`)
  }
  for (const consumer of world.consumers) {
    for (const { topic, partition, position } of consumer.views) {
      const highWatermark = world.leading({ topic, index: partition })?.highWatermark ?? 0
      const hangs = consumer.shape.committedOnly && !world.isSafe(topic)
      if (position < highWatermark && !hangs) {
        left.push(`${consumer.id} is at ${position} of ${topic}-${partition}, which is committed to ${highWatermark}`)
      }
    }
  }
  return left
}

function unevenness(world: World, name: PartitionName): string | undefined {
  const { isr = [], replicas = [], leaderEpoch } = world.image(name) ?? {}
  const leading = world.leading(name)
  if (leading === undefined) return 'nobody leads it'
  if (!leading.isLeader || leading.leaderEpoch !== leaderEpoch) return 'its leader has not heard of that'
  const { highWatermark, logEndOffset, lastStableOffset } = leading
  if (isr.length < replicas.length) return `of ${replicas} only ${isr} are in sync`
  if (highWatermark < logEndOffset) return `is committed to ${highWatermark} of ${logEndOffset}`
  // Where a marker or the coordinator's state is lost the transaction hangs, as in Kafka.
  if (lastStableOffset < highWatermark && world.isSafe(name.topic)) return `is stable to ${lastStableOffset} alone`
  const behind = replicas.find((nodeId) => world.log(name, nodeId)?.logEndOffset !== logEndOffset)
  return behind === undefined ? undefined : `broker ${behind} does not end at ${logEndOffset}`
}

/** Holds what is left in the end against what clients were told. */
export function violations(world: World): Verdict {
  const violations: string[] = []
  const losses: string[] = []
  for (const bug of world.network.bugs) violations.push(`a bug: ${inspect(bug)}`)
  const logs = new Map<string, readonly Kept[]>()
  for (const name of world.partitions) {
    violations.push(...unequalReplicas(world, name))
    logs.set(`${name.topic}-${name.index}`, keptIn(world, name))
  }
  for (const producer of world.producers) {
    const { topic, partition, acks } = producer.shape
    const kept = logs.get(`${topic}-${partition}`) ?? []
    const safe = world.isSafe(topic)
    ;(safe && acks === -1 ? violations : losses).push(...lostOf(producer, kept))
    if (safe && producer.shape.idempotent) violations.push(...doubledOf(producer, kept), ...producer.surprises)
  }
  for (const consumer of world.consumers) {
    for (const view of consumer.views) {
      if (!world.isSafe(view.topic)) continue
      const kept = logs.get(`${view.topic}-${view.partition}`) ?? []
      const wanted = consumer.shape.committedOnly ? kept.filter(({ visible }) => visible) : kept
      violations.push(...view.truncations, ...misread(consumer.id, view, wanted))
    }
  }
  if (!world.wiped) for (const committer of world.committers) violations.push(...committer.surprises)
  if (!world.wiped) violations.push(...forgottenOffsets(world), ...setbacksOf(world))
  if (world.areTransactionsSafe) {
    violations.push(...tornTransactions(world, [...logs.values()].flat()))
  }
  return { violations, losses }
}

/** Replicas are the same bytes. */
function unequalReplicas(world: World, name: PartitionName): string[] {
  const { topic, index } = name
  const { leader = -1, replicas = [] } = world.image(name) ?? {}
  const expected = batchesOf(world, name, leader)
  return replicas.flatMap((nodeId) => {
    const batches = batchesOf(world, name, nodeId)
    const differs = (batch: Buffer | undefined, i: number): boolean => {
      const own = expected[i]
      return batch !== own && (batch === undefined || own === undefined || !batch.equals(own))
    }
    const first = (batches.length > expected.length ? batches : expected).findIndex((_, i) => differs(batches[i], i))
    return first === -1 ? [] : [`${topic}-${index}: broker ${nodeId} has another batch ${first} than leader ${leader}`]
  })
}

function batchesOf(world: World, name: PartitionName, nodeId: number): Buffer[] {
  return (world.log(name, nodeId)?.segments ?? []).flatMap(({ batches }) => batches.map(({ bytes }) => bytes))
}

/** What the leader has. Markers decide which records of transactions are visible. */
function keptIn(world: World, name: PartitionName): Kept[] {
  const batches = batchesOf(world, name, world.image(name)?.leader ?? -1)
  const kept: Kept[] = []
  const open = new Map<number, number[]>()
  for (const bytes of batches) {
    const batch = new RecordBatch(bytes)
    const { producerId } = batch
    if (batch.isControl) {
      const [{ key } = { key: null }] = batch.records()
      const committed = key?.readInt16BE(2) === 1
      for (const at of open.get(producerId) ?? []) kept[at] = { ...(kept[at] as Kept), visible: committed }
      open.delete(producerId)
      continue
    }
    for (const { offset, value } of batch.records()) {
      if (batch.isTransactional) {
        const known = open.get(producerId)
        if (known === undefined) open.set(producerId, [kept.length])
        else known.push(kept.length)
      }
      kept.push({ offset, value: String(value), visible: !batch.isTransactional })
    }
  }
  return kept
}

/** Acknowledged records that are not where they were acknowledged, or not at all. */
function lostOf({ id, batches, shape }: Producer, kept: readonly Kept[]): string[] {
  const byOffset = new Map(kept.map(({ offset, value }) => [offset, value]))
  const values = new Set(kept.map(({ value }) => value))
  const where = `${shape.topic}-${shape.partition}`
  return batches.flatMap(({ state, values: own, offset }) => {
    if (state !== 'acknowledged') return []
    const lost = own.filter((value, i) => (offset < 0 ? !values.has(value) : byOffset.get(offset + i) !== value))
    return lost.length === 0
      ? []
      : [`${where} has lost ${lost} of ${id}, acknowledged with acks=${shape.acks} at ${offset}`]
  })
}

/** What an idempotent producer sent is there once at most, and in its order. */
function doubledOf({ id, batches, shape }: Producer, kept: readonly Kept[]): string[] {
  const found: string[] = []
  const places = new Map<string, number[]>()
  for (const { offset, value } of kept) {
    const known = places.get(value)
    if (known === undefined) places.set(value, [offset])
    else known.push(offset)
  }
  let last = -1
  const check = ({ values, state }: SentBatch): void => {
    for (const value of values) {
      const at = places.get(value) ?? []
      if (at.length > 1) found.push(`${shape.topic}-${shape.partition} has ${value} of ${id} (${state}) at ${at}`)
      const [offset] = at
      if (state !== 'acknowledged' || offset === undefined) continue
      if (offset < last)
        found.push(`${shape.topic}-${shape.partition} has ${value} of ${id} at ${offset}, before ${last}`)
      last = offset
    }
  }
  for (const batch of batches) check(batch)
  return found
}

/** A consumer was given exactly what is there, in its order. */
function misread(id: string, { topic, partition, seen }: PartitionView, wanted: readonly Kept[]): string[] {
  const at = wanted.findIndex(({ offset, value }, i) => seen[i]?.offset !== offset || seen[i]?.value !== value)
  const where = `${id} of ${topic}-${partition}`
  if (at !== -1) {
    const { offset, value } = wanted[at] as Kept
    return [`${where} was given ${seen[at]?.value} at ${seen[at]?.offset}, where ${value} stands at ${offset}`]
  }
  const more = seen[wanted.length]
  return more === undefined ? [] : [`${where} was given ${more.value} at ${more.offset}, which is not there`]
}

/** A committed offset is the last one that was acknowledged, unless another commit may have come after it. */
function forgottenOffsets(world: World): string[] {
  return world.committers.flatMap(({ groupId, acknowledged, unknown, late }) => {
    const offset = world.cluster.group(groupId).committed[0]?.offset ?? -1
    const allowed = offset === acknowledged || unknown.has(offset) || late.has(offset)
    return allowed ? [] : [`${groupId} has committed ${offset}, where ${acknowledged} was acknowledged`]
  })
}

/** Members of a group go on from what was committed in earlier generations. */
function setbacksOf(world: World): string[] {
  const { groupId, acknowledged, setbacks } = world.group
  const offset = world.cluster.group(groupId).committed[0]?.offset ?? -1
  if (offset >= acknowledged) return setbacks
  return [...setbacks, `${groupId} has committed ${offset}, where ${acknowledged} was acknowledged`]
}

/** Transactions are there as a whole, or not at all, with their offsets. */
function tornTransactions(world: World, kept: readonly Kept[]): string[] {
  const count = new Map<string, number>()
  const visible = new Set<string>()
  for (const { value, visible: isVisible } of kept) {
    count.set(value, (count.get(value) ?? 0) + 1)
    if (isVisible) visible.add(value)
  }
  const found: string[] = []
  for (const { id, stories, groupId } of world.transactional) {
    let last = -1
    const possible = new Set<number>()
    for (const { name, index, values, state, withOffsets } of stories) {
      const seen = values.filter((value) => visible.has(value))
      const doubled = values.filter((value) => (count.get(value) ?? 0) > 1)
      if (doubled.length > 0) found.push(`${doubled} of transaction ${name} are there twice`)
      if (state === 'uncommitted' && seen.length > 0)
        found.push(`${seen} of ${name} are seen, which never was committed`)
      if (state === 'committed' && seen.length < values.length) {
        found.push(`${seen.length} of ${values.length} records of ${name} are seen, which was committed`)
      }
      const isTorn = state === 'unknown' && seen.length > 0 && seen.length < values.length
      if (isTorn) found.push(`${seen} of ${values} are seen, of the transaction ${name} of which nobody knows the end`)
      if (!withOffsets) continue
      if (state === 'committed' || (state === 'unknown' && seen.length > 0)) {
        last = index
        possible.clear()
      } else if (state === 'unknown' && values.length === 0) possible.add(index)
    }
    const offset = world.cluster.group(groupId).committed[0]?.offset ?? -1
    if (offset !== last && !possible.has(offset)) {
      found.push(`${id} has committed the offset ${offset} in its transactions, where ${last} was the last`)
    }
  }
  return found
}
