import { deepStrictEqual as equal, ok, rejects } from 'node:assert/strict'
import { setTimeout as after } from 'node:timers/promises'
import {
  AclOperationDescribe,
  AclPatternPrefixed,
  AclPermissionAllow,
  AclResourceCluster,
  AclResourceTopic,
  type ConfigOptions,
  ErrCreateACLs,
  ErrInvalidRequest,
  ErrSASLAuthenticationFailed,
  ErrTopicAuthorizationFailed,
  ErrUnsupportedSASLMechanism,
  newClusterAdmin,
  QuotaEntityClientID,
  QuotaEntityUser,
  QuotaMatchAny,
  QuotaMatchDefault,
  QuotaMatchExact,
  type SASLConfig,
  SCRAM_MECHANISM_SHA_256,
  SCRAM_MECHANISM_SHA_512,
  type TransactionClusterAdmin,
} from '../../../src/client/index.ts'
import { type Listeners, PLAIN_USER, REAUTHENTICATE_MS, unsecuredToken } from './listeners.ts'

/** A running broker with these listeners. */
export interface World extends Listeners {
  /** Of one who may do anything. */
  readonly admin: TransactionClusterAdmin
  readonly ca: string
}

/** What is to hold, and how it is seen. They run in this order, and on what those before have made. */
export type Check = readonly [what: string, check: (world: World) => Promise<void>]

const TOPIC = 'orders'
const BOB = { user: 'bob', password: 'stra\u00dfe, a=b' } as const
const EVERYTHING = { resourceType: AclResourceTopic, resourceName: TOPIC, principal: 'User:bob' } as const

const mechanisms: readonly Partial<SASLConfig>[] = [
  { mechanism: 'PLAIN', ...PLAIN_USER },
  { mechanism: 'SCRAM-SHA-256', ...BOB },
  { mechanism: 'SCRAM-SHA-512', ...BOB },
  {
    mechanism: 'OAUTHBEARER',
    tokenProvider: { token: () => ({ token: unsecuredToken('carol', 3600), extensions: { traceId: '1' } }) },
  },
]

/** Each mechanism with what its user does not know. */
const wrong: readonly Partial<SASLConfig>[] = [
  ...mechanisms.slice(0, 3).map((sasl) => ({ ...sasl, password: 'guessed' })),
  { mechanism: 'SCRAM-SHA-256', user: 'nobody', password: 'guessed' },
  { mechanism: 'PLAIN', ...PLAIN_USER, authIdentity: 'bob' },
  { mechanism: 'SCRAM-SHA-512', ...BOB, scramAuthzID: 'alice' },
  { mechanism: 'OAUTHBEARER', tokenProvider: { token: () => ({ token: unsecuredToken('carol', -3600) }) } },
]

function config(sasl: Partial<SASLConfig>, more: ConfigOptions = {}): ConfigOptions {
  const { net = {}, ...rest } = more
  return { net: { sasl: { enable: true, ...sasl }, ...net }, metadata: { retry: { max: 0 } }, ...rest }
}

/** Over TLS. */
function secured({ ca }: World, sasl: Partial<SASLConfig>): ConfigOptions {
  return config(sasl, { net: { tls: { enable: true, config: { ca } } } })
}

async function as<T>(
  addr: string,
  options: ConfigOptions,
  act: (admin: TransactionClusterAdmin) => Promise<T>,
): Promise<T> {
  const admin = await newClusterAdmin([addr], options)
  try {
    return await act(admin)
  } finally {
    await admin.close()
  }
}

/** Until it is as it should be: what the controller has done the broker learns a little later. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await holds()) return
    await after(50)
  }
  throw new Error('it did not come to be')
}

const describedTo = (addr: string, options: ConfigOptions) =>
  as(addr, options, async (admin) => (await admin.describeTopics([TOPIC]))[0]?.err ?? null)

export const checks: readonly Check[] = [
  [
    'users get passwords, which are told by mechanism alone',
    async ({ admin }) => {
      const asked: [number, number][] = [
        [SCRAM_MECHANISM_SHA_256, 4096],
        [SCRAM_MECHANISM_SHA_512, 8192],
      ]
      for (const [mechanism, iterations] of asked) {
        const upsert = { name: BOB.user, mechanism, password: BOB.password, iterations }
        equal(await admin.upsertUserScramCredentials([upsert]), [{ user: BOB.user, err: null }])
      }
      await eventually(async () => {
        const [bob] = await admin.describeUserScramCredentials([BOB.user])
        return bob?.credentialInfos.length === 2
      })
      const told = await admin.describeUserScramCredentials([])
      const own = told.find(({ user }) => user === BOB.user)?.credentialInfos ?? []
      equal(new Map(own.map(({ mechanism, iterations }) => [mechanism, iterations])), new Map(asked))
    },
  ],
  ...mechanisms.map(
    (sasl): Check => [
      `${sasl.mechanism} over TLS`,
      async (world) => {
        const told = await as(world.secure, secured(world, sasl), (admin) => admin.describeCluster())
        equal(told.brokers.length, 1)
      },
    ],
  ),
  [
    'SCRAM without TLS',
    async ({ strict }) => {
      const told = await as(strict, config({ mechanism: 'SCRAM-SHA-512', ...BOB }), (admin) => admin.describeCluster())
      equal(told.brokers.length, 1)
    },
  ],
  ...wrong.map(
    (sasl): Check => [
      `${sasl.mechanism}: ${Object.keys(sasl).slice(1).join(', ')} that do not fit are ErrSASLAuthenticationFailed`,
      (world) => rejects(newClusterAdmin([world.secure], secured(world, sasl)), ErrSASLAuthenticationFailed),
    ],
  ),
  [
    'a mechanism that the listener does not have is ErrUnsupportedSASLMechanism, with those that it has',
    async ({ strict }) => {
      const login = newClusterAdmin([strict], config({ mechanism: 'PLAIN', ...PLAIN_USER }))
      await rejects(login, (error: Error) => {
        return error instanceof ErrUnsupportedSASLMechanism && error.message.endsWith('but SCRAM-SHA-512')
      })
    },
  ],
  [
    'a certificate that nobody has signed is refused',
    async ({ secure }) => {
      const options = config(PLAIN_USER, { net: { tls: { enable: true, config: {} } } })
      await rejects(newClusterAdmin([secure], options), /self-signed certificate/)
    },
  ],
  [
    'a client goes on when its authentication has run out',
    async (world) => {
      await as(world.secure, secured(world, { mechanism: 'SCRAM-SHA-512', ...BOB }), async (admin) => {
        for (let i = 0; i < 8; i++) {
          await admin.describeCluster()
          await after(REAUTHENTICATE_MS / 4)
        }
      })
    },
  ],
  [
    'who may not see a topic is told so, until an ACL lets him',
    async (world) => {
      const { admin, strict } = world
      await admin.createTopic(TOPIC, { numPartitions: 1, replicationFactor: 1 })
      const bob = config({ mechanism: 'SCRAM-SHA-512', ...BOB })
      ok((await describedTo(strict, bob)) instanceof ErrTopicAuthorizationFailed)
      const acl = {
        principal: 'User:bob',
        host: '*',
        operation: AclOperationDescribe,
        permissionType: AclPermissionAllow,
      }
      await admin.createACL({ resourceType: AclResourceTopic, resourceName: TOPIC }, acl)
      await admin.createACLs([
        {
          resourceType: AclResourceTopic,
          resourceName: 'o',
          resourcePatternType: AclPatternPrefixed,
          acls: [{ ...acl, principal: 'User:dan' }],
        },
      ])
      await eventually(async () => (await describedTo(strict, bob)) === null)
      const listed = await admin.listAcls({ principal: 'User:bob' })
      equal(listed, [{ resourceType: AclResourceTopic, resourceName: TOPIC, resourcePatternType: 3, acls: [acl] }])
      await eventually(async () => (await admin.listAcls({})).length === 2)
      const found = [{ resourceType: AclResourceTopic, resourceName: TOPIC, resourcePatternType: 3, ...acl, err: null }]
      equal(await admin.deleteACL(EVERYTHING, true), found)
      equal(await admin.deleteACL(EVERYTHING), found)
      await eventually(async () => (await describedTo(strict, bob)) instanceof ErrTopicAuthorizationFailed)
    },
  ],
  [
    'an ACL that makes no sense is ErrCreateACLs',
    async ({ admin }) => {
      const acl = {
        principal: 'User:bob',
        host: '*',
        operation: AclOperationDescribe,
        permissionType: AclPermissionAllow,
      }
      const cluster = { resourceType: AclResourceCluster, resourceName: 'of stars' }
      await rejects(admin.createACL(cluster, acl), ErrCreateACLs)
    },
  ],
  [
    'quotas are set, found and removed',
    async ({ admin }) => {
      const bob = { entityType: QuotaEntityUser, matchType: QuotaMatchExact, name: 'bob' } as const
      const anyone = { entityType: QuotaEntityUser, matchType: QuotaMatchDefault, name: '' } as const
      const web = { entityType: QuotaEntityClientID, matchType: QuotaMatchExact, name: 'web' } as const
      const key = 'request_percentage'
      await admin.alterClientQuotas([bob], { key, value: 12.5 }, true)
      await admin.alterClientQuotas([bob], { key, value: 12.5 })
      await admin.alterClientQuotas([anyone], { key, value: 1 })
      await admin.alterClientQuotas([bob, web], { key, value: 2 })
      await eventually(async () => (await admin.describeClientQuotas([])).length === 3)
      const exact = { ...bob, match: 'bob' }
      equal(await admin.describeClientQuotas([exact], true), [{ entity: [bob], values: new Map([[key, 12.5]]) }])
      equal((await admin.describeClientQuotas([exact])).length, 2)
      equal((await admin.describeClientQuotas([{ ...bob, matchType: QuotaMatchAny }])).length, 3)
      equal(await admin.describeClientQuotas([anyone]), [{ entity: [anyone], values: new Map([[key, 1]]) }])
      for (const entity of [[bob], [anyone], [bob, web]]) await admin.alterClientQuotas(entity, { key, remove: true })
      await eventually(async () => (await admin.describeClientQuotas([])).length === 0)
      await rejects(admin.alterClientQuotas([bob], { key: 'speed', value: 1 }), ErrInvalidRequest)
    },
  ],
  [
    'who has lost his password is not let in',
    async ({ admin, strict }) => {
      const deletion = { name: BOB.user, mechanism: SCRAM_MECHANISM_SHA_512 }
      equal(await admin.deleteUserScramCredentials([deletion]), [{ user: BOB.user, err: null }])
      await eventually(async () => {
        const [bob] = await admin.describeUserScramCredentials([BOB.user])
        return bob?.credentialInfos.length === 1
      })
      const login = newClusterAdmin([strict], config({ mechanism: 'SCRAM-SHA-512', ...BOB }))
      await rejects(login, ErrSASLAuthenticationFailed)
      const [again] = await admin.deleteUserScramCredentials([deletion])
      equal(again?.err?.error, 'RESOURCE_NOT_FOUND')
    },
  ],
  [
    'features that there are not, and levels that are lower, are refused',
    async ({ admin }) => {
      for (const feature of ['antigravity', 'metadata.version']) {
        // Brokers before 4.0 say so of each feature, later ones of all.
        const refused = admin.updateFeatures([{ feature, maxVersionLevel: 1 }]).then(
          ([result]) => result?.err !== null,
          () => true,
        )
        ok(await refused, feature)
      }
    },
  ],
]
