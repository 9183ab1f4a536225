import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import type { SASLConfig } from '../../config/sections.ts'
import { ConfigurationError } from '../../errors/client-errors.ts'
import type { Random } from '../../time.ts'
import { failure, type Mechanism } from './mechanism.ts'

/** Kafka's ScramMechanism.minIterations: a server that asks for fewer wants to know too much. */
const MIN_ITERATIONS = 4096
/** What a server asks for is computed in one turn, 20 ms for each 40,000: none may stop the process. Kafka's tools give at most 16384. */
const MAX_ITERATIONS = 1_000_000
const NONCE_BYTES = 24
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?$/
const PRINTABLE = /^[!-+\--~]+$/

/**
 * SCRAM (RFC 5802, RFC 7677) without channel binding: the password stays here, and the server proves that it knows it too.
 *
 * The password goes in as UTF-8. Kafka does not apply SASLprep: its tools hash what they are given, and a normalized password
 * would not match what they stored.
 */
export function scram(
  mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512',
  { user, password, scramAuthzID }: SASLConfig,
  random: Random,
): Mechanism {
  if (user.includes('\0')) throw new ConfigurationError('net.sasl.user must not contain a NUL')
  const algorithm = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512'
  const nonce = Buffer.from(random.bytes(NONCE_BYTES)).toString('base64')
  const header = `n,${scramAuthzID === '' ? '' : `a=${saslName(scramAuthzID)}`},`
  const clientFirstBare = `n=${saslName(user)},r=${nonce}`
  let serverSignature: Buffer | undefined

  function clientFinal(serverFirst: string): Buffer {
    const { nonce: bothNonces, salt, iterations } = readServerFirst(mechanism, serverFirst)
    if (!bothNonces.startsWith(nonce) || bothNonces === nonce) {
      throw failure(mechanism, "the server's nonce does not go on from the client's")
    }
    if (iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS) {
      throw failure(
        mechanism,
        `the server asks for ${iterations} iterations, not ${MIN_ITERATIONS} to ${MAX_ITERATIONS}`,
      )
    }
    const withoutProof = `c=${Buffer.from(header).toString('base64')},r=${bothNonces}`
    const authMessage = `${clientFirstBare},${serverFirst},${withoutProof}`
    const keys = scramKeys(algorithm, password, salt, iterations)
    serverSignature = hmac(algorithm, keys.serverKey, authMessage)
    const proof = xor(keys.clientKey, hmac(algorithm, keys.storedKey, authMessage))
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`)
  }

  function verify(serverFinal: string, expected: Buffer): void {
    const [first = ''] = serverFinal.split(',')
    if (first.startsWith('e=')) throw failure(mechanism, `the server says ${first.slice(2)}`)
    const signature = Buffer.from(first.slice(2), 'base64')
    if (!first.startsWith('v=') || signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
      throw failure(mechanism, "the server's signature is wrong: it does not know the password")
    }
  }

  return {
    start: () => Buffer.from(header + clientFirstBare),
    next(challenge) {
      if (serverSignature === undefined) return clientFinal(challenge.toString())
      verify(challenge.toString(), serverSignature)
      return undefined
    },
  }
}

/** What becomes of a password (RFC 5802, 3): the server keeps `storedKey` and `serverKey`, with salt and iterations. */
export function scramKeys(
  algorithm: 'sha256' | 'sha512',
  password: string | Uint8Array,
  salt: Uint8Array,
  iterations: number,
): { saltedPassword: Buffer; clientKey: Buffer; storedKey: Buffer; serverKey: Buffer } {
  const length = algorithm === 'sha256' ? 32 : 64
  const saltedPassword = pbkdf2Sync(password, salt, iterations, length, algorithm)
  const clientKey = hmac(algorithm, saltedPassword, 'Client Key')
  const storedKey = createHash(algorithm).update(clientKey).digest()
  return { saltedPassword, clientKey, storedKey, serverKey: hmac(algorithm, saltedPassword, 'Server Key') }
}

function readServerFirst(mechanism: string, message: string): { nonce: string; salt: Buffer; iterations: number } {
  const [r = '', s = '', i = ''] = message.split(',')
  // An `m=` in front is an extension that must be understood (RFC 5802, 5.1): there is none.
  const valid =
    r.startsWith('r=') &&
    PRINTABLE.test(r.slice(2)) &&
    s.startsWith('s=') &&
    BASE64.test(s.slice(2)) &&
    /^i=[1-9][0-9]*$/.test(i)
  if (!valid) throw failure(mechanism, "the server's first message is not in the format of RFC 5802")
  return { nonce: r.slice(2), salt: Buffer.from(s.slice(2), 'base64'), iterations: Number(i.slice(2)) }
}

/** A name in a message, where commas part and equal signs escape. */
function saslName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

function hmac(algorithm: string, key: Uint8Array, message: string): Buffer {
  return createHmac(algorithm, key).update(message).digest()
}

function xor(left: Buffer, right: Buffer): Buffer {
  return left.map((byte, i) => byte ^ (right[i] ?? 0)) as Buffer
}
