import {
  ConfigResourceTypes,
  ConfigSources,
  ConfigTypes,
  IncrementalAlterConfigOperationTypes,
} from '@platformatic/kafka'
import { expect, test } from 'vitest'
import {
  type Change,
  connect,
  created,
  describedConfigs,
  invalidRetention,
  listsConfigResources,
  refusal,
  refusals,
  set,
  synonym,
  values,
} from './admin-platformatic.ts'
import { describeAdmin, named } from './describe-admin.ts'

const { BROKER, GROUP, TOPIC } = ConfigResourceTypes
const { APPEND, DELETE, SET, SUBTRACT } = IncrementalAlterConfigOperationTypes

describeAdmin(
  'configs, by the admin client of @platformatic/kafka',
  async () => {},
  (theCluster) => {
    test("describes and alters a topic's configs, whole or one by one", async (context) => {
      const cluster = theCluster()
      const admin = connect(cluster, context)
      const resourceName = await created(cluster, admin, 1, [{ name: 'retention.ms', value: '86400000' }])
      const topic = { resourceType: TOPIC, resourceName }
      const unknown = { resourceType: TOPIC, resourceName: named('unknown') }
      const describe = () => describedConfigs(admin, topic, ['retention.ms', 'cleanup.policy'])
      const alter = (name: string, value: string, options: { validateOnly?: boolean } = {}) =>
        admin.alterConfigs({ resources: [{ ...topic, configs: [{ name, value }] }], ...options })
      const change = (...configs: Change[]) => admin.incrementalAlterConfigs({ resources: [{ ...topic, configs }] })

      const before = await describe()
      expect(before.get('retention.ms')).toEqual({
        ...set('retention.ms', '86400000', ConfigSources.DYNAMIC_TOPIC_CONFIG, ConfigTypes.LONG),
        synonyms: [synonym('retention.ms', '86400000', ConfigSources.DYNAMIC_TOPIC_CONFIG)],
        documentation: expect.stringMatching(/\w/),
      })
      expect(before.get('cleanup.policy')).toEqual({
        ...set('cleanup.policy', 'delete', ConfigSources.DEFAULT_CONFIG, ConfigTypes.LIST),
        synonyms: [synonym('log.cleanup.policy', 'delete', ConfigSources.DEFAULT_CONFIG)],
        documentation: expect.stringMatching(/\w/),
      })

      await alter('retention.ms', '5000', { validateOnly: true })
      expect(await describe()).toEqual(before)
      // AlterConfigs states all that is to be set: what it does not name goes back to its default.
      await alter('cleanup.policy', 'compact')
      await cluster.settles(async () => {
        expect(values(await describe())).toEqual({ 'retention.ms': '604800000', 'cleanup.policy': 'compact' })
      })
      await change(
        { name: 'retention.ms', configOperation: SET, value: '7000' },
        { name: 'cleanup.policy', configOperation: APPEND, value: 'delete' },
      )
      await cluster.settles(async () => {
        expect(values(await describe())).toEqual({ 'retention.ms': '7000', 'cleanup.policy': 'compact,delete' })
      })
      await change(
        { name: 'retention.ms', configOperation: DELETE },
        { name: 'cleanup.policy', configOperation: SUBTRACT, value: 'compact' },
      )
      const after = await cluster.settles(async () => {
        const configs = await describe()
        expect(values(configs)).toEqual({ 'retention.ms': '604800000', 'cleanup.policy': 'delete' })
        return configs
      })
      expect(after.get('retention.ms')).toMatchObject({ configSource: ConfigSources.DEFAULT_CONFIG, synonyms: [] })
      expect(after.get('cleanup.policy')?.synonyms).toEqual([
        synonym('cleanup.policy', 'delete', ConfigSources.DYNAMIC_TOPIC_CONFIG),
        synonym('log.cleanup.policy', 'delete', ConfigSources.DEFAULT_CONFIG),
      ])

      const invalid = [{ error: 'INVALID_CONFIG', message: invalidRetention }]
      expect(await refusals(alter('retention.ms', 'long'))).toEqual(invalid)
      expect(await refusals(change({ name: 'retention.ms', configOperation: SET, value: 'long' }))).toEqual(invalid)
      expect(await refusals(alter('no.such.config', '1', { validateOnly: true }))).toEqual([
        { error: 'INVALID_CONFIG', message: 'Unknown topic config name: no.such.config' },
      ])
      expect(await refusals(change({ name: 'retention.ms', configOperation: APPEND, value: '1' }))).toEqual([
        { error: 'INVALID_CONFIG', message: "Can't APPEND to key retention.ms because its type is not LIST." },
      ])
      const resources = [{ ...unknown, configs: [] }]
      expect(await refusal(admin.describeConfigs({ resources: [unknown] }))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
      expect(await refusal(admin.alterConfigs({ resources }))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
      expect(await refusal(admin.incrementalAlterConfigs({ resources }))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    })

    test("describes and alters a broker's configs", async (context) => {
      const cluster = theCluster()
      const admin = connect(cluster, context)
      const node = String(Math.max(...(await admin.metadata({ topics: [] })).brokers.keys()))
      const broker = { resourceType: BROKER, resourceName: node }
      const change = (config: Change) =>
        admin.incrementalAlterConfigs({ resources: [{ ...broker, configs: [config] }] })
      const threads = 'background.threads'

      const fixed = await describedConfigs(admin, broker, ['node.id', 'ssl.keystore.password'])
      expect(fixed.get('node.id')).toMatchObject({ value: node, readOnly: true, configType: ConfigTypes.INT })
      expect(fixed.get('ssl.keystore.password')).toMatchObject({ value: null, isSensitive: true })
      expect((await describedConfigs(admin, broker, [threads])).get(threads)?.value).toBe('10')
      await change({ name: threads, configOperation: SET, value: '12' })
      await cluster.settles(async () => {
        const { synonyms, ...described } = (await describedConfigs(admin, broker, [threads])).get(threads) ?? {}
        expect(described).toMatchObject(set(threads, '12', ConfigSources.DYNAMIC_BROKER_CONFIG, ConfigTypes.INT))
        expect(synonyms).toEqual([
          synonym(threads, '12', ConfigSources.DYNAMIC_BROKER_CONFIG),
          synonym(threads, '10', ConfigSources.DEFAULT_CONFIG),
        ])
      })
      await change({ name: threads, configOperation: DELETE })
      await cluster.settles(async () => {
        expect(values(await describedConfigs(admin, broker, [threads]))).toEqual({ [threads]: '10' })
      })
      expect(await refusals(change({ name: 'node.id', configOperation: SET, value: '9' }))).toEqual([
        {
          error: 'INVALID_REQUEST',
          message: expect.stringMatching(/^Cannot update these configs dynamically: .*node\.id/),
        },
      ])
      const elsewhere = { resourceType: BROKER, resourceName: '99' }
      await expect(admin.describeConfigs({ resources: [elsewhere] })).rejects.toMatchObject({
        errors: [{ message: 'Broker with id 99 not found in cluster.' }],
      })
    })

    test("describes and alters a group's configs", async (context) => {
      const cluster = theCluster()
      const admin = connect(cluster, context)
      if (!(await listsConfigResources(admin))) context.skip('Kafka 3.9, as it comes, knows no configs of groups')
      const group = { resourceType: GROUP, resourceName: named('configured') }
      const change = (config: Change) => admin.incrementalAlterConfigs({ resources: [{ ...group, configs: [config] }] })
      const timeout = 'consumer.session.timeout.ms'

      expect((await describedConfigs(admin, group, [timeout])).get(timeout)).toMatchObject(
        set(timeout, '45000', ConfigSources.DEFAULT_CONFIG, ConfigTypes.INT),
      )
      await change({ name: timeout, configOperation: SET, value: '50000' })
      await cluster.settles(async () => {
        expect((await describedConfigs(admin, group, [timeout])).get(timeout)).toMatchObject(
          set(timeout, '50000', ConfigSources.GROUP_CONFIG, ConfigTypes.INT),
        )
      })
      expect(await refusal(change({ name: timeout, configOperation: SET, value: 'long' }))).toBe('INVALID_CONFIG')
    })
  },
)
