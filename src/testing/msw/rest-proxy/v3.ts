import { isObject, type Json, optionalInteger, optionalList, optionalText } from '../http/json.ts'
import { RestError } from '../http/rest-error.ts'
import { RestAnswer, type RestCall, type Route } from '../http/service.ts'
import { badRequest, clusterNotFound, noSuchPartition } from './errors.ts'
import type { ProxyClient } from './proxy-client.ts'

const CLUSTER = '/v3/clusters/:cluster'

/** The third version: the cluster, its topics, records produced to them, and its groups. */
export function v3(client: ProxyClient, url: string): readonly Route[] {
  const { clusterId } = client.cluster
  const link = (path: string): string => `${url}/v3/clusters/${clusterId}${path}`
  const data = (kind: string, path: string, more: Json): Json => ({
    kind: `Kafka${kind}`,
    metadata: {
      self: link(path),
      resource_name: `crn:///kafka=${clusterId}${path.replace(/^\/([^/]+)s\/(.*)$/, '/$1=$2')}`,
    },
    cluster_id: clusterId,
    ...more,
  })
  const list = (kind: string, path: string, all: readonly Json[]): Json => ({
    kind: `Kafka${kind}List`,
    metadata: { self: link(path), next: null },
    data: all,
  })
  const related = (path: string): Json => ({ related: link(path) })

  const cluster = (): Json => {
    const [broker] = client.cluster.brokers
    return data('Cluster', '', {
      controller: related(`/brokers/${broker?.nodeId}`),
      brokers: related('/brokers'),
      consumer_groups: related('/consumer-groups'),
      topics: related('/topics'),
    })
  }
  const topic = (name: string): Json => {
    const count = client.cluster.topic(name).partitions.length
    const path = `/topics/${encodeURIComponent(name)}`
    return data('Topic', path, {
      topic_name: name,
      is_internal: name === '__consumer_offsets' || name === '__transaction_state',
      replication_factor: client.cluster.partition(name, 0).replicas.length,
      partitions_count: count,
      partitions: related(`${path}/partitions`),
      configs: related(`${path}/configs`),
    })
  }
  const groups = async (wanted?: string): Promise<readonly Json[]> =>
    client.admin(async (admin) => {
      const ids = [...(await admin.listConsumerGroups()).keys()]
        .sort()
        .filter((id) => wanted === undefined || id === wanted)
      return (await admin.describeConsumerGroups(ids)).map(({ groupId, state, protocol }) => {
        const path = `/consumer-groups/${encodeURIComponent(groupId)}`
        return data('ConsumerGroup', path, {
          consumer_group_id: groupId,
          is_simple: protocol === '' && state === 'Empty',
          partition_assignor: protocol,
          // PreparingRebalance is PREPARING_REBALANCE here.
          state: state.replace(/(?<=.)([A-Z])/g, '_$1').toUpperCase(),
          coordinator: related(`/brokers/${client.cluster.group(groupId).coordinator ?? -1}`),
          consumers: related(`${path}/consumers`),
          lag_summary: related(`${path}/lag-summary`),
        })
      })
    })

  const routes: readonly Route[] = [
    [
      'get',
      '/v3/clusters',
      () => ({ kind: 'KafkaClusterList', metadata: { self: `${url}/v3/clusters`, next: null }, data: [cluster()] }),
    ],
    ['get', CLUSTER, cluster],
    [
      'get',
      `${CLUSTER}/topics`,
      () =>
        client.admin(async (admin) =>
          list('Topic', '/topics', [...(await admin.listTopics()).keys()].sort().map(topic)),
        ),
    ],
    [
      'post',
      `${CLUSTER}/topics`,
      async (call) => {
        const name = await createTopic(client, await call.body())
        return new RestAnswer(topic(name), { status: 201 })
      },
    ],
    [
      'get',
      `${CLUSTER}/topics/:topic`,
      (call) => {
        existing(client, call)
        return topic(call.param('topic'))
      },
    ],
    [
      'delete',
      `${CLUSTER}/topics/:topic`,
      async (call) => {
        existing(client, call)
        await client.admin((admin) => admin.deleteTopic(call.param('topic')))
      },
    ],
    ['get', `${CLUSTER}/consumer-groups`, async () => list('ConsumerGroup', '/consumer-groups', await groups())],
    [
      'get',
      `${CLUSTER}/consumer-groups/:group`,
      async (call) => {
        const [group] = await groups(call.param('group'))
        if (group === undefined) throw new RestError(404, 404, `Consumer Group ${call.param('group')} not found.`)
        return group
      },
    ],
  ]
  return routes.map(
    ([method, path, resource]): Route => [
      method,
      path,
      (call) => {
        const asked = call.param('cluster')
        if (asked !== '' && asked !== clusterId) throw clusterNotFound(asked)
        return resource(call)
      },
    ],
  )
}

function existing(client: ProxyClient, call: RestCall): void {
  if (!client.cluster.partition(call.param('topic'), 0).exists) throw noSuchPartition()
}

async function createTopic(client: ProxyClient, body: Json): Promise<string> {
  const name = optionalText(body, 'topic_name')
  if (name === undefined) throw badRequest('Property topic_name is missing')
  const configs = (optionalList(body, 'configs') ?? []).flatMap((config): [string, string | null][] => {
    if (!isObject(config)) return []
    return [[optionalText(config, 'name') ?? '', optionalText(config, 'value') ?? null]]
  })
  await client.admin((admin) =>
    admin.createTopic(name, {
      numPartitions: optionalInteger(body, 'partitions_count') ?? -1,
      replicationFactor: optionalInteger(body, 'replication_factor') ?? -1,
      configEntries: Object.fromEntries(configs),
    }),
  )
  return name
}
