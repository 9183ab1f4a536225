import { ErrorCode, type KafkaError } from '../../protocol/errors.ts'
import { AlterUserScramCredentials } from '../../protocol/messages/alter-user-scram-credentials.ts'
import { DescribeUserScramCredentials } from '../../protocol/messages/describe-user-scram-credentials.ts'
import type { CallOptions } from '../channel.ts'
import { ConfigurationError } from '../errors/client-errors.ts'
import { throwIf } from '../errors/kafka-error.ts'
import { ErrNotController } from '../errors/kafka-errors.ts'
import { scramKeys } from '../network/sasl/scram.ts'
import { ask, type Calls } from './calls.ts'
import { errorOrNull } from './errors.ts'

/** One of the constants below. */
export type ScramMechanismType = number
export const SCRAM_MECHANISM_UNKNOWN: ScramMechanismType = 0
export const SCRAM_MECHANISM_SHA_256: ScramMechanismType = 1
export const SCRAM_MECHANISM_SHA_512: ScramMechanismType = 2

/** By which mechanisms a user can log in. */
export interface DescribeUserScramCredentialsResult {
  readonly user: string
  /** RESOURCE_NOT_FOUND, for instance, when there is no such user; null when it is told. */
  readonly err: KafkaError | null
  readonly credentialInfos: readonly UserScramCredentialsResponseInfo[]
}

export interface UserScramCredentialsResponseInfo {
  readonly mechanism: ScramMechanismType
  readonly iterations: number
}

/** A password that a user gets (KIP-554). It is hashed here, and never sent. */
export interface AlterUserScramCredentialsUpsert {
  readonly name: string
  readonly mechanism: ScramMechanismType
  /** 4096 to 16384. Default: 4096. */
  readonly iterations?: number
  /** Default: 32 random bytes. */
  readonly salt?: Uint8Array
  readonly password: string | Uint8Array
}

/** A password that a user loses. */
export interface AlterUserScramCredentialsDelete {
  readonly name: string
  readonly mechanism: ScramMechanismType
}

export interface AlterUserScramCredentialsResult {
  readonly user: string
  /** Why nothing was changed; null when it was. */
  readonly err: KafkaError | null
}

const DEFAULT_ITERATIONS = 4096
/** As in Kafka's ScramMechanism. */
const MAX_ITERATIONS = 16_384
const SALT_BYTES = 32

export async function describeUserScramCredentials(
  calls: Calls,
  users: readonly string[],
  options: CallOptions,
): Promise<DescribeUserScramCredentialsResult[]> {
  const body = { users: users.length === 0 ? null : users.map((name) => ({ name })) }
  return calls.onController(options, async (controller) => {
    const { errorCode, errorMessage, results } = await ask(controller, DescribeUserScramCredentials, body, options)
    throwIf(errorCode, errorMessage)
    return results.map(({ user, errorCode, errorMessage, credentialInfos }) => ({
      user,
      err: errorOrNull(errorCode, errorMessage),
      credentialInfos: credentialInfos.map(({ mechanism, iterations }) => ({ mechanism, iterations })),
    }))
  })
}

export async function alterUserScramCredentials(
  calls: Calls,
  upserts: readonly AlterUserScramCredentialsUpsert[],
  deletions: readonly AlterUserScramCredentialsDelete[],
  options: CallOptions,
): Promise<AlterUserScramCredentialsResult[]> {
  const upsertions = upserts.map(({ name, mechanism, iterations = DEFAULT_ITERATIONS, password, ...rest }) => {
    const { salt = calls.config.random.bytes(SALT_BYTES) } = rest
    return {
      name,
      mechanism,
      iterations,
      salt: Buffer.from(salt),
      saltedPassword: saltedPassword(mechanism, password, salt, iterations),
    }
  })
  const body = { upsertions, deletions: deletions.map(({ name, mechanism }) => ({ name, mechanism })) }
  return calls.onController(options, async (controller) => {
    const { results } = await ask(controller, AlterUserScramCredentials, body, options)
    if (results.some(({ errorCode }) => errorCode === ErrorCode.NOT_CONTROLLER)) throw new ErrNotController()
    return results.map(({ user, errorCode, errorMessage }) => ({ user, err: errorOrNull(errorCode, errorMessage) }))
  })
}

function saltedPassword(
  mechanism: ScramMechanismType,
  password: string | Uint8Array,
  salt: Uint8Array,
  iterations: number,
): Buffer {
  if (mechanism !== SCRAM_MECHANISM_SHA_256 && mechanism !== SCRAM_MECHANISM_SHA_512) {
    throw new ConfigurationError(`${mechanism} is no SCRAM mechanism`)
  }
  if (!Number.isInteger(iterations) || iterations < DEFAULT_ITERATIONS || iterations > MAX_ITERATIONS) {
    throw new ConfigurationError(
      `the iterations of SCRAM are ${DEFAULT_ITERATIONS} to ${MAX_ITERATIONS}, not ${iterations}`,
    )
  }
  const algorithm = mechanism === SCRAM_MECHANISM_SHA_256 ? 'sha256' : 'sha512'
  return scramKeys(algorithm, password, salt, iterations).saltedPassword
}
