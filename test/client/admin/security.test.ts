import { describe, expect, it } from 'vitest'
import {
  AclOperationAny,
  AclOperationDescribe,
  AclOperationRead,
  AclPatternAny,
  AclPatternLiteral,
  AclPatternPrefixed,
  AclPermissionAllow,
  AclPermissionAny,
  AclPermissionDeny,
  AclResourceAny,
  AclResourceTopic,
  ErrCreateACLs,
  newClusterAdmin,
  QuotaEntityClientID,
  QuotaEntityUser,
  QuotaMatchAny,
  QuotaMatchDefault,
  QuotaMatchExact,
  SCRAM_MECHANISM_SHA_256,
  SCRAM_MECHANISM_SHA_512,
  type TransactionClusterAdmin,
} from '../../../src/client/admin/index.ts'
import { newConfig } from '../../../src/client/config/config.ts'
import { ConfigurationError } from '../../../src/client/errors/client-errors.ts'
import {
  ErrInvalidPrincipalType,
  ErrInvalidRequest,
  ErrSecurityDisabled,
  ErrUnsupportedVersion,
} from '../../../src/client/errors/kafka-errors.ts'
import { scramKeys } from '../../../src/client/network/sasl/scram.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { AlterClientQuotas } from '../../../src/protocol/messages/alter-client-quotas.ts'
import { AlterUserScramCredentials } from '../../../src/protocol/messages/alter-user-scram-credentials.ts'
import { CreateAcls } from '../../../src/protocol/messages/create-acls.ts'
import { DeleteAcls } from '../../../src/protocol/messages/delete-acls.ts'
import { DescribeAcls } from '../../../src/protocol/messages/describe-acls.ts'
import { DescribeClientQuotas } from '../../../src/protocol/messages/describe-client-quotas.ts'
import { DescribeUserScramCredentials } from '../../../src/protocol/messages/describe-user-scram-credentials.ts'
import { type Scripted, scripted, scriptedBroker } from './scripted-broker.ts'

/** What an admin does with a cluster some of whose APIs are scripted. */
async function admin<T>(script: Scripted[], act: (admin: TransactionClusterAdmin) => Promise<T>): Promise<T> {
  await using cluster = await KafkaCluster.start({ clock: 'virtual' })
  const config = newConfig({
    ...cluster.clientConfig(),
    net: { dial: (host, port) => scriptedBroker(cluster.connect(`${host}:${port}`), script) },
    admin: { retry: { max: 0 } },
  })
  await using admin = await newClusterAdmin(cluster.bootstrapServers, config)
  return await act(admin)
}

const orders = { resourceType: AclResourceTopic, resourceName: 'orders' }
const alice = { principal: 'User:alice', host: '*', operation: AclOperationRead, permissionType: AclPermissionAllow }
const mallory = { ...alice, principal: 'User:mallory', permissionType: AclPermissionDeny }

describe('an admin and ACLs', () => {
  it('creates them for resources, meant literally unless told otherwise', async () => {
    const asked: unknown[] = []
    const script = scripted(CreateAcls, ({ creations }) => {
      asked.push(...creations)
      return { results: creations.map(() => ({ errorCode: 0, errorMessage: null })) }
    })
    await admin([script], async (admin) => {
      await admin.createACL(orders, alice)
      await admin.createACLs([
        { ...orders, resourceName: 'or', resourcePatternType: AclPatternPrefixed, acls: [alice, mallory] },
      ])
    })
    expect(asked).toEqual([
      { ...orders, ...alice, resourcePatternType: AclPatternLiteral },
      { ...orders, resourceName: 'or', ...alice, resourcePatternType: AclPatternPrefixed },
      { ...orders, resourceName: 'or', ...mallory, resourcePatternType: AclPatternPrefixed },
    ])
  })

  it('says which of them were not created', async () => {
    const script = scripted(CreateAcls, () => ({
      results: [
        { errorCode: 0, errorMessage: null },
        { errorCode: ErrorCode.INVALID_PRINCIPAL_TYPE, errorMessage: 'no such type' },
      ],
    }))
    await admin([script], async (admin) => {
      const creation = admin.createACLs([{ ...orders, acls: [alice, mallory] }])
      await expect(creation).rejects.toThrow(ErrCreateACLs)
      const { errors } = (await creation.catch((reason) => reason)) as ErrCreateACLs
      expect(errors).toEqual([expect.any(ErrInvalidPrincipalType)])
      expect(errors[0]?.message).toBe('[User:mallory on orders]: no such type')
    })
  })

  it('lists those that a filter finds, all when it says nothing', async () => {
    const asked: object[] = []
    const script = scripted(DescribeAcls, (filter) => {
      asked.push(filter)
      return { errorMessage: null, resources: [{ ...orders, patternType: AclPatternPrefixed, acls: [alice, mallory] }] }
    })
    await admin([script], async (admin) => {
      expect(await admin.listAcls({})).toEqual([
        { ...orders, resourcePatternType: AclPatternPrefixed, acls: [alice, mallory] },
      ])
      await admin.listAcls({ ...orders, principal: 'User:alice', operation: AclOperationDescribe })
    })
    expect(asked).toEqual([
      {
        resourceTypeFilter: AclResourceAny,
        resourceNameFilter: null,
        patternTypeFilter: AclPatternAny,
        principalFilter: null,
        hostFilter: null,
        operation: AclOperationAny,
        permissionType: AclPermissionAny,
      },
      {
        resourceTypeFilter: AclResourceTopic,
        resourceNameFilter: 'orders',
        patternTypeFilter: AclPatternAny,
        principalFilter: 'User:alice',
        hostFilter: null,
        operation: AclOperationDescribe,
        permissionType: AclPermissionAny,
      },
    ])
  })

  it('knows of brokers whose patterns are all literal', async () => {
    const asked: number[] = []
    const list = scripted(
      DescribeAcls,
      ({ patternTypeFilter }) => {
        asked.push(patternTypeFilter)
        return { errorMessage: null, resources: [] }
      },
      0,
    )
    const create = scripted(CreateAcls, () => ({ results: [] }), 0)
    await admin([list, create], async (admin) => {
      await admin.listAcls({})
      await expect(admin.listAcls({ resourcePatternTypeFilter: AclPatternPrefixed })).rejects.toThrow(
        ErrUnsupportedVersion,
      )
      await expect(admin.createACL({ ...orders, resourcePatternType: AclPatternPrefixed }, alice)).rejects.toThrow(
        ErrUnsupportedVersion,
      )
    })
    expect(asked).toEqual([AclPatternLiteral])
  })

  it('deletes those that a filter finds, or only says which', async () => {
    let deletions = 0
    const list = scripted(DescribeAcls, () => ({
      errorMessage: null,
      resources: [{ ...orders, patternType: AclPatternLiteral, acls: [alice] }],
    }))
    const remove = scripted(DeleteAcls, ({ filters }) => {
      deletions += filters.length
      const matching = { ...orders, patternType: AclPatternLiteral, errorMessage: null }
      return {
        filterResults: [
          {
            errorMessage: null,
            matchingAcls: [
              { ...matching, ...alice },
              { ...matching, ...mallory, errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'no' },
            ],
          },
        ],
      }
    })
    await admin([list, remove], async (admin) => {
      const found = { ...orders, resourcePatternType: AclPatternLiteral }
      expect(await admin.deleteACL(orders, true)).toEqual([{ ...found, ...alice, err: null }])
      expect(deletions).toBe(0)
      expect(await admin.deleteACL(orders)).toEqual([
        { ...found, ...alice, err: null },
        { ...found, ...mallory, err: expect.any(ErrInvalidRequest) },
      ])
      expect(deletions).toBe(1)
    })
  })

  it('does not ask about what is unknown: brokers would hang up', async () => {
    await admin([], async (admin) => {
      await expect(admin.createACL(orders, { ...alice, permissionType: 0 })).rejects.toThrow(ErrInvalidRequest)
      await expect(admin.listAcls({ operation: 0 })).rejects.toThrow(ErrInvalidRequest)
      await expect(admin.deleteACL({ resourcePatternTypeFilter: 0 })).rejects.toThrow(ErrInvalidRequest)
    })
  })

  it('are told of where there is no authorizer', async () => {
    const errors = { errorCode: ErrorCode.SECURITY_DISABLED, errorMessage: 'No Authorizer is configured.' }
    const list = scripted(DescribeAcls, () => ({ ...errors, resources: [] }))
    const remove = scripted(DeleteAcls, () => ({ filterResults: [{ ...errors, matchingAcls: [] }] }))
    await admin([list, remove], async (admin) => {
      await expect(admin.listAcls({})).rejects.toThrow(ErrSecurityDisabled)
      await expect(admin.listAcls({})).rejects.toThrow('No Authorizer is configured.')
      await expect(admin.deleteACL({})).rejects.toThrow(ErrSecurityDisabled)
    })
  })
})

describe('an admin and the passwords of users', () => {
  it('hashes them, so that none is sent', async () => {
    const asked: { name: string; mechanism: number; iterations: number; salt: Buffer; saltedPassword: Buffer }[] = []
    const script = scripted(AlterUserScramCredentials, ({ upsertions }) => {
      asked.push(...upsertions)
      return { results: upsertions.map(({ name }) => ({ user: name, errorMessage: null })) }
    })
    const results = await admin([script], (admin) =>
      admin.upsertUserScramCredentials([
        { name: 'alice', mechanism: SCRAM_MECHANISM_SHA_512, password: 'wonderland' },
        {
          name: 'bob',
          mechanism: SCRAM_MECHANISM_SHA_256,
          iterations: 8192,
          salt: Buffer.from('salt'),
          password: Buffer.from('builder'),
        },
      ]),
    )
    expect(results).toEqual([
      { user: 'alice', err: null },
      { user: 'bob', err: null },
    ])
    const [alice, bob] = asked
    expect(alice).toMatchObject({ name: 'alice', mechanism: 2, iterations: 4096 })
    expect(alice?.salt).toHaveLength(32)
    expect(alice?.saltedPassword).toEqual(
      scramKeys('sha512', 'wonderland', alice?.salt ?? Buffer.alloc(0), 4096).saltedPassword,
    )
    expect(bob).toMatchObject({ name: 'bob', mechanism: 1, iterations: 8192, salt: Buffer.from('salt') })
    expect(bob?.saltedPassword).toEqual(scramKeys('sha256', 'builder', Buffer.from('salt'), 8192).saltedPassword)
  })

  it('takes them away, and says of each user whether it did', async () => {
    const script = scripted(AlterUserScramCredentials, ({ deletions }) => ({
      results: deletions.map(({ name }) => ({
        user: name,
        errorCode: ErrorCode.RESOURCE_NOT_FOUND,
        errorMessage: 'Attempt to delete a user credential that does not exist',
      })),
    }))
    const [result] = await admin([script], (admin) =>
      admin.deleteUserScramCredentials([{ name: 'nobody', mechanism: SCRAM_MECHANISM_SHA_256 }]),
    )
    expect(result).toMatchObject({ user: 'nobody', err: { error: 'RESOURCE_NOT_FOUND' } })
    expect(result?.err?.message).toMatch('does not exist')
  })

  it('tells by what users log in', async () => {
    const asked: unknown[] = []
    const script = scripted(DescribeUserScramCredentials, ({ users }) => {
      asked.push(users)
      const credentialInfos = [{ mechanism: SCRAM_MECHANISM_SHA_256, iterations: 4096 }]
      return { errorMessage: null, results: [{ user: 'alice', errorMessage: null, credentialInfos }] }
    })
    await admin([script], async (admin) => {
      expect(await admin.describeUserScramCredentials([])).toEqual([
        { user: 'alice', err: null, credentialInfos: [{ mechanism: SCRAM_MECHANISM_SHA_256, iterations: 4096 }] },
      ])
      await admin.describeUserScramCredentials(['alice'])
    })
    expect(asked).toEqual([null, [{ name: 'alice' }]])
  })

  it.each([
    { mechanism: 3, password: 'x' },
    { mechanism: SCRAM_MECHANISM_SHA_256, iterations: 4095, password: 'x' },
    { mechanism: SCRAM_MECHANISM_SHA_256, iterations: 16_385, password: 'x' },
  ])('does not ask for what Kafka has not: %j', async (upsert) => {
    await admin([], async (admin) => {
      await expect(admin.upsertUserScramCredentials([{ name: 'alice', ...upsert }])).rejects.toThrow(ConfigurationError)
    })
  })
})

describe('an admin and quotas', () => {
  it('tells those that a filter finds', async () => {
    const asked: unknown[] = []
    const script = scripted(DescribeClientQuotas, ({ components, strict }) => {
      asked.push([components, strict])
      return {
        errorMessage: null,
        entries: [
          {
            entity: [
              { entityType: 'user', entityName: null },
              { entityType: 'client-id', entityName: 'web' },
            ],
            values: [{ key: 'producer_byte_rate', value: 1024.5 }],
          },
        ],
      }
    })
    await admin([script], async (admin) => {
      expect(await admin.describeClientQuotas([])).toEqual([
        {
          entity: [
            { entityType: 'user', matchType: QuotaMatchDefault, name: '' },
            { entityType: 'client-id', matchType: QuotaMatchExact, name: 'web' },
          ],
          values: new Map([['producer_byte_rate', 1024.5]]),
        },
      ])
      await admin.describeClientQuotas(
        [
          { entityType: QuotaEntityUser, matchType: QuotaMatchExact, match: 'alice' },
          { entityType: QuotaEntityClientID, matchType: QuotaMatchAny },
        ],
        true,
      )
    })
    expect(asked).toEqual([
      [[], false],
      [
        [
          { entityType: 'user', matchType: 0, match: 'alice' },
          { entityType: 'client-id', matchType: 2, match: null },
        ],
        true,
      ],
    ])
  })

  it('sets and removes them', async () => {
    const asked: unknown[] = []
    const script = scripted(AlterClientQuotas, ({ entries, validateOnly }) => {
      asked.push({ ...entries[0], validateOnly })
      return { entries: [{ errorMessage: null, entity: [] }] }
    })
    await admin([script], async (admin) => {
      const user = { entityType: QuotaEntityUser, matchType: QuotaMatchExact, name: 'alice' }
      await admin.alterClientQuotas([user], { key: 'request_percentage', value: 50 })
      const everyone = { entityType: QuotaEntityUser, matchType: QuotaMatchDefault }
      await admin.alterClientQuotas([everyone], { key: 'request_percentage', remove: true }, true)
    })
    expect(asked).toEqual([
      {
        entity: [{ entityType: 'user', entityName: 'alice' }],
        ops: [{ key: 'request_percentage', value: 50, remove: false }],
        validateOnly: false,
      },
      {
        entity: [{ entityType: 'user', entityName: null }],
        ops: [{ key: 'request_percentage', value: 0, remove: true }],
        validateOnly: true,
      },
    ])
  })

  it('says why one was not set', async () => {
    const errors = { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Invalid quota key' }
    const script = scripted(AlterClientQuotas, () => ({ entries: [{ ...errors, entity: [] }] }))
    const list = scripted(DescribeClientQuotas, () => ({ ...errors, entries: null }))
    await admin([script, list], async (admin) => {
      const user = { entityType: QuotaEntityUser, matchType: QuotaMatchExact, name: 'alice' }
      await expect(admin.alterClientQuotas([user], { key: 'speed', value: 1 })).rejects.toThrow('Invalid quota key')
      await expect(admin.describeClientQuotas([user])).rejects.toThrow(ErrInvalidRequest)
    })
  })
})
