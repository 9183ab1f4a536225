import type { AccessTokenProvider } from '../../config/sections.ts'
import { ConfigurationError } from '../../errors/client-errors.ts'
import { failure, type Mechanism } from './mechanism.ts'

const MECHANISM = 'OAUTHBEARER'
/** Separates what the client sends (RFC 7628, 3.1), and answers the server's error (3.2.3). */
const CONTROL_A = '\x01'
const TOKEN = /^[-_~+/.a-zA-Z0-9]+=*$/
const EXTENSION_KEY = /^[A-Za-z]+$/
const EXTENSION_VALUE = /^[\x21-\x7e \t\r\n]+$/

/** OAUTHBEARER (RFC 7628, KIP-255): a token from elsewhere, with extensions (KIP-342). */
export function oauthBearer(provider: AccessTokenProvider | null): Mechanism {
  let refusal: string | undefined
  return {
    async start() {
      if (provider === null) throw new ConfigurationError('net.sasl.tokenProvider must be given for OAUTHBEARER')
      const { token, extensions = {} } = await provider.token()
      if (!TOKEN.test(token)) throw failure(MECHANISM, 'the token provider gave what is no bearer token (RFC 6750)')
      for (const [key, value] of Object.entries(extensions)) check(key, value)
      const pairs = Object.entries(extensions).map(([key, value]) => `${CONTROL_A}${key}=${value}`)
      return Buffer.from(`n,,${CONTROL_A}auth=Bearer ${token}${pairs.join('')}${CONTROL_A}${CONTROL_A}`)
    },
    next(challenge) {
      if (refusal !== undefined) throw failure(MECHANISM, `the server says ${refusal}`)
      if (challenge.length === 0) return undefined
      refusal = challenge.toString()
      return Buffer.from(CONTROL_A)
    },
  }
}

function check(key: string, value: string): void {
  if (key === 'auth') throw failure(MECHANISM, "the extension 'auth' is the token's own")
  if (!EXTENSION_KEY.test(key)) throw failure(MECHANISM, `'${key}' is no name of an extension: it has letters alone`)
  if (!EXTENSION_VALUE.test(value)) throw failure(MECHANISM, `the extension '${key}' has no value that may be sent`)
}
