import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newConfig } from '../../../../src/client/config/config.ts'
import type { SASLConfig } from '../../../../src/client/config/sections.ts'
import { ConfigurationError } from '../../../../src/client/errors/client-errors.ts'
import { ErrSASLAuthenticationFailed } from '../../../../src/client/errors/kafka-errors.ts'
import { oauthBearer } from '../../../../src/client/network/sasl/oauth-bearer.ts'
import { plain } from '../../../../src/client/network/sasl/plain.ts'
import { scram, scramKeys } from '../../../../src/client/network/sasl/scram.ts'
import type { Random } from '../../../../src/client/time.ts'
import { type Scram, scramServer } from '../sasl-door.ts'

function sasl(options: Partial<SASLConfig>): SASLConfig {
  return { ...newConfig().net.sasl, ...options }
}

/** Always the same nonce, as it stands in an RFC. */
function nonce(base64: string): Random {
  return { below: () => 0, bytes: () => Buffer.from(base64, 'base64') }
}

describe('PLAIN', () => {
  it('is authorization id, user and password with NUL between (RFC 4616)', async () => {
    const mechanism = plain(sasl({ authIdentity: 'Ursel', user: 'Kurt', password: 'xipj3plmq' }))
    expect(String(await mechanism.start())).toBe('Ursel\0Kurt\0xipj3plmq')
    expect(mechanism.next(Buffer.alloc(0))).toBeUndefined()
  })

  it('sends what is not ASCII as UTF-8', async () => {
    const mechanism = plain(sasl({ user: 'tim', password: 'tänstaaftänstaaf' }))
    expect(await mechanism.start()).toEqual(Buffer.from('\0tim\0tänstaaftänstaaf', 'utf8'))
  })

  it('does not take a NUL for a part of a password', () => {
    expect(() => plain(sasl({ user: 'tim', password: 'a\0b' })).start()).toThrow(ConfigurationError)
  })
})

describe('SCRAM-SHA-256', () => {
  const config = sasl({ user: 'user', password: 'pencil' })
  const serverFirst = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'
  const serverFinal = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='
  const begin = (options: Partial<SASLConfig> = {}) =>
    scram('SCRAM-SHA-256', { ...config, ...options }, nonce('rOprNGfwEbeRWgbNEkqO'))

  it('says what RFC 7677 has in its example', async () => {
    const mechanism = begin()
    expect(String(await mechanism.start())).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
    expect(String(mechanism.next(Buffer.from(serverFirst)))).toBe(
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    )
    expect(mechanism.next(Buffer.from(serverFinal))).toBeUndefined()
  })

  it('takes extensions that it does not know', () => {
    const mechanism = begin()
    expect(mechanism.next(Buffer.from(`${serverFirst},x=y`))).toBeDefined()
  })

  it('escapes commas and equal signs in names, and tells who it acts for', async () => {
    const mechanism = begin({ user: 'a=b,c', scramAuthzID: 'd,e=f' })
    expect(String(await mechanism.start())).toBe('n,a=d=2Ce=3Df,n=a=3Db=2Cc,r=rOprNGfwEbeRWgbNEkqO')
    const final = String(mechanism.next(Buffer.from(serverFirst)))
    expect(final.startsWith(`c=${Buffer.from('n,a=d=2Ce=3Df,').toString('base64')},`)).toBe(true)
  })

  it.each([
    ['another nonce', serverFirst.replace('rOpr', 'rOpq')],
    ['no nonce of its own', 'r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'],
    ['fewer than 4096 iterations', serverFirst.replace('4096', '4095')],
    ['more iterations than a client should be made to do', serverFirst.replace('4096', '2000000000')],
    ['an extension that must be understood', `m=x,${serverFirst}`],
    ['no salt', serverFirst.replace(/s=[^,]+/, 's=?')],
    ['no number', serverFirst.replace('4096', '4096.5')],
    ['nothing', ''],
  ])('refuses a server that sends %s', (_what, message) => {
    expect(() => begin().next(Buffer.from(message))).toThrow(ErrSASLAuthenticationFailed)
  })

  it.each([
    ['another signature', serverFinal.replace('6', '7')],
    ['a signature cut short', 'v=6rriTRBi'],
    ['no signature', ''],
    ['an error', 'e=invalid-proof'],
  ])('is not satisfied by %s at the end', (_what, message) => {
    const mechanism = begin()
    mechanism.next(Buffer.from(serverFirst))
    expect(() => mechanism.next(Buffer.from(message))).toThrow(ErrSASLAuthenticationFailed)
  })

  it('tells the error that the server sends', () => {
    const mechanism = begin()
    mechanism.next(Buffer.from(serverFirst))
    expect(() => mechanism.next(Buffer.from('e=unknown-user'))).toThrow(
      'SASL SCRAM-SHA-256: the server says unknown-user',
    )
  })

  it('has a nonce for each time', async () => {
    let count = 0
    const random: Random = { below: () => 0, bytes: (length) => Buffer.alloc(length, count++) }
    const one = String(await scram('SCRAM-SHA-256', config, random).start())
    const two = String(await scram('SCRAM-SHA-256', config, random).start())
    expect(one).not.toBe(two)
  })
})

describe('SCRAM-SHA-512', () => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')

  it('says what the Java client says, and expects what it expects', async () => {
    const config = sasl({ user: 'user', password: 'pencil' })
    const mechanism = scram('SCRAM-SHA-512', config, nonce('rOprNGfwEbeRWgbNEkqO'))
    const serverFirst = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'
    const serverFinal = 'v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw=='
    await mechanism.start()
    expect(String(mechanism.next(Buffer.from(serverFirst)))).toBe(
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,' +
        'p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==',
    )
    expect(mechanism.next(Buffer.from(serverFinal))).toBeUndefined()
  })

  it.each([
    [
      'pencil',
      '8W7+G+Z/HQlQLr1e2SYv3f+6Wjd6tPC2h+XtW6D1Boa4pK4WZHbairO5UdL6kji2OZj0VGG8M6RkgUlJzsljHQ==',
      '6AAub3065EYRmyFpM2RNwqK+eGnrkYuEWbXn19LsEmBqzu8QaCXNc1FwpnX9NhH2hK/60dzj9DoO5DvVkOHbvg==',
      'jZHbYjC1aHh0/hKbxyBuGFjDrgjgKTT1esA7awWiKcRZ0o/0b1yWEebBeSVkkCFewf91nLDfKF24mvD5nmE6rA==',
    ],
    [
      'stra\u00dfe \u2168',
      'uy7w2R+aWGfelvcAFp4W99uNC9YeUihO7zn8yQU/aBn/kz8fRyX9NgCgqI3QPgfKg2Y2cUjjF71oPq8dK/4SKA==',
      '6XMu+3nTiHVjZMGQUoIqqmbJPmRDq8CmOX6pC61FfkvIhDsJ0OwhgvYYlkUQ19SeBVxL4CB4pyH7AH+TPY4e8A==',
      'kHJvxYGACFu95AFFXXg9f9QlKPat2cf/y5KEX5Q3mnpjfxZXFxVLAooUibo1jKLUs68YxjlzQulJV763zU6JLQ==',
    ],
  ])("makes of the password %j the keys that Kafka's tools store", (password, saltedPassword, storedKey, serverKey) => {
    const keys = scramKeys('sha512', password, salt, 4096)
    expect(keys.saltedPassword.toString('base64')).toBe(saltedPassword)
    expect(keys.storedKey.toString('base64')).toBe(storedKey)
    expect(keys.serverKey.toString('base64')).toBe(serverKey)
  })
})

describe('SCRAM', () => {
  const mechanism = fc.constantFrom<Scram>('SCRAM-SHA-256', 'SCRAM-SHA-512')
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0'))

  it('lets in whoever knows the password, whatever name and password are, and no one else', () => {
    fc.assert(
      fc.property(mechanism, text, text, text, fc.uint8Array({ minLength: 24, maxLength: 24 }), (...drawn) => {
        const [name, user, password, guess, bytes] = drawn
        const login = (attempt: string) => {
          const client = scram(name, sasl({ user, password: attempt }), { below: () => 0, bytes: () => bytes })
          const server = scramServer(name, { [user]: password }, 4096)
          const first = server(client.start() as Buffer)
          const final = server(client.next('answer' in first ? first.answer : Buffer.alloc(0)) as Buffer)
          return 'answer' in final && client.next(final.answer) === undefined
        }
        return login(password) && (guess === password || !login(guess))
      }),
      { numRuns: 20 },
    )
  })

  it('has one error for whatever a server may send', () => {
    fc.assert(
      fc.property(mechanism, fc.oneof(fc.uint8Array(), text.map(Buffer.from)), (name, bytes) => {
        const client = scram(name, sasl({ user: 'user', password: 'pencil' }), nonce('abcd'))
        expect(() => client.next(Buffer.from(bytes))).toThrow(ErrSASLAuthenticationFailed)
      }),
    )
  })
})

describe('OAUTHBEARER', () => {
  const provider = (token: string, extensions?: Record<string, string>) => ({
    token: () => (extensions === undefined ? { token } : { token, extensions }),
  })

  it('sends a token (RFC 7628) and its extensions (KIP-342)', async () => {
    const mechanism = oauthBearer(
      provider('vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==', { traceId: '123', tenant: 'a b' }),
    )
    expect(String(await mechanism.start())).toBe(
      'n,,\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01traceId=123\x01tenant=a b\x01\x01',
    )
    expect(mechanism.next(Buffer.alloc(0))).toBeUndefined()
  })

  it('waits for a token that is fetched', async () => {
    const mechanism = oauthBearer({ token: async () => ({ token: 'abc' }) })
    expect(String(await mechanism.start())).toBe('n,,\x01auth=Bearer abc\x01\x01')
  })

  it('answers the error of the server as it must, and fails with it', async () => {
    const mechanism = oauthBearer(provider('abc'))
    await mechanism.start()
    const challenge = Buffer.from('{"status":"invalid_token"}')
    expect(mechanism.next(challenge)).toEqual(Buffer.from([1]))
    expect(() => mechanism.next(Buffer.alloc(0))).toThrow('the server says {"status":"invalid_token"}')
  })

  it.each([
    ['auth', 'x'],
    ['trace-id', 'x'],
    ['traceId', 'a\x01b'],
    ['traceId', ''],
  ])('does not send the extension %j: %j', async (key, value) => {
    await expect(oauthBearer(provider('abc', { [key]: value })).start()).rejects.toThrow(ErrSASLAuthenticationFailed)
  })

  it('does not send what is no token', async () => {
    await expect(oauthBearer(provider('a b\x01')).start()).rejects.toThrow(ErrSASLAuthenticationFailed)
  })

  it('needs a provider', async () => {
    await expect(oauthBearer(null).start()).rejects.toThrow('net.sasl.tokenProvider')
  })
})
