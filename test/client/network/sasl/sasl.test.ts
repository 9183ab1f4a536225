import { describe, expect, it } from 'vitest'
import { newClient } from '../../../../src/client/client.ts'
import { newConfig } from '../../../../src/client/config/config.ts'
import type { SASLMechanism } from '../../../../src/client/config/options.ts'
import type { SASLConfig } from '../../../../src/client/config/sections.ts'
import {
  ErrNetworkException,
  ErrSASLAuthenticationFailed,
  ErrUnsupportedSASLMechanism,
} from '../../../../src/client/errors/kafka-errors.ts'
import { KafkaCluster } from '../../../../src/index.ts'
import { type DoorOptions, saslDoor } from '../sasl-door.ts'

const tokenProvider = { token: () => ({ token: 'good', extensions: { traceId: '1' } }) }
const users = { alice: 'wonderland', 'a=b,c': 'stra\u00dfe' }
const all: [SASLMechanism, Partial<SASLConfig>][] = [
  ['PLAIN', { user: 'alice', password: 'wonderland' }],
  ['SCRAM-SHA-256', { user: 'alice', password: 'wonderland' }],
  ['SCRAM-SHA-512', { user: 'a=b,c', password: 'stra\u00dfe' }],
  ['OAUTHBEARER', { tokenProvider }],
]

/** A client of a cluster behind a door that lets alice in, who has the password wonderland, and whoever has a good token. */
async function throughDoor(
  sasl: Partial<SASLConfig>,
  door: DoorOptions = {},
): Promise<{ topics: string[]; tokens: string[] }> {
  await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
  const tokens: string[] = []
  const config = newConfig({
    ...cluster.clientConfig(),
    net: {
      dial: (host, port) =>
        saslDoor(cluster.connect(`${host}:${port}`), {
          users,
          tokens: ['good'],
          heard: (token) => tokens.push(String(token)),
          ...door,
        }),
      sasl: { enable: true, ...sasl },
    },
    metadata: { retry: { max: 0 } },
    // A broker that is older than SaslAuthenticate does not take ApiVersions before it.
    ...(sasl.version === 0 && { apiVersionsRequest: false, version: '0.11.0.0' }),
  })
  await using client = await newClient(cluster.bootstrapServers, config)
  return { topics: await client.topics(), tokens }
}

/** What a client says when the door does not let it in: the reason of each broker is among its errors. */
async function refusal(sasl: Partial<SASLConfig>, door: DoorOptions = {}): Promise<Error> {
  const error = await throughDoor(sasl, door).then(
    () => new Error('it was let in'),
    (reason) => reason,
  )
  return error.errors?.at(-1) ?? error
}

describe('a client that authenticates', () => {
  it.each(all)('is let in by %s', async (mechanism, credentials) => {
    expect((await throughDoor({ mechanism, ...credentials })).topics).toEqual(['orders'])
  })

  it.each(all.filter(([mechanism]) => mechanism !== 'OAUTHBEARER'))(
    'is let in by %s without frames, as before Kafka 1.0',
    async (mechanism, credentials) => {
      const { topics } = await throughDoor({ mechanism, version: 0, ...credentials }, { handshake: 0 })
      expect(topics).toEqual(['orders'])
    },
  )

  it('never says the password with SCRAM', async () => {
    const { tokens } = await throughDoor({ mechanism: 'SCRAM-SHA-512', user: 'alice', password: 'wonderland' })
    expect(tokens.join()).not.toContain('wonderland')
  })

  it.each(all)('is told by %s what the broker says against its credentials', async (mechanism, credentials) => {
    const wrong =
      mechanism === 'OAUTHBEARER'
        ? { tokenProvider: { token: () => ({ token: 'stolen' }) } }
        : { ...credentials, password: 'looking-glass' }
    const error = await refusal({ mechanism, ...wrong })
    expect(error).toBeInstanceOf(ErrSASLAuthenticationFailed)
    expect(error.message).toMatch(
      { PLAIN: /Invalid username or password/, OAUTHBEARER: /invalid_token/ }[mechanism as string] ??
        /invalid credentials with SASL mechanism SCRAM/,
    )
  })

  it.each(['PLAIN', 'SCRAM-SHA-256'] as const)(
    'is told of a refusal by %s even where the broker can but hang up',
    async (mechanism) => {
      const error = await refusal({ mechanism, version: 0, user: 'alice', password: 'looking-glass' }, { handshake: 0 })
      expect(error).toBeInstanceOf(ErrSASLAuthenticationFailed)
    },
  )

  it('is told which mechanisms there are', async () => {
    const error = await refusal({ user: 'alice', password: 'wonderland' }, { mechanisms: ['SCRAM-SHA-512', 'GSSAPI'] })
    expect(error).toBeInstanceOf(ErrUnsupportedSASLMechanism)
    expect(error.message).toBe('SASL: the broker does not have PLAIN, but SCRAM-SHA-512, GSSAPI')
  })

  it('trusts no broker that does not know its password', async () => {
    const tamper = (token: Buffer, turn: number) => (turn === 2 ? Buffer.from(`v=${'A'.repeat(43)}=`) : token)
    const error = await refusal({ mechanism: 'SCRAM-SHA-256', user: 'alice', password: 'wonderland' }, { tamper })
    expect(error).toBeInstanceOf(ErrSASLAuthenticationFailed)
    expect(error.message).toMatch("the server's signature is wrong")
  })

  it('does not make its password cheap to guess', async () => {
    const error = await refusal(
      { mechanism: 'SCRAM-SHA-256', user: 'alice', password: 'wonderland' },
      { iterations: 100 },
    )
    expect(error.message).toMatch('asks for 100 iterations')
  })

  it.each([1, 2])('notices when the broker hangs up at its token %d', async (hangUpAt) => {
    const error = await refusal({ mechanism: 'SCRAM-SHA-256', user: 'alice', password: 'wonderland' }, { hangUpAt })
    expect(error).toBeInstanceOf(ErrNetworkException)
  })

  it('is hung up on when it does not authenticate', async () => {
    expect(await refusal({ enable: false })).toBeInstanceOf(ErrNetworkException)
  })

  it('authenticates again before the broker takes it for a stranger (KIP-368)', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual' })
    const logins: string[] = []
    const config = newConfig({
      ...cluster.clientConfig(),
      net: {
        dial: (host, port) => {
          const heard = (token: Buffer) => logins.push(String(token))
          return saslDoor(cluster.connect(`${host}:${port}`), { users, heard, sessionLifetimeMs: 60_000 })
        },
        sasl: { enable: true, user: 'alice', password: 'wonderland' },
      },
      metadata: { refreshFrequency: 0 },
    })
    await using client = await newClient(cluster.bootstrapServers, config)
    const before = logins.length
    await cluster.clock.advance(40_000)
    await client.refreshMetadata()
    expect(logins).toHaveLength(before)
    await cluster.clock.advance(18_000)
    await client.refreshMetadata()
    expect(logins).toHaveLength(before + 1)
  })
})
