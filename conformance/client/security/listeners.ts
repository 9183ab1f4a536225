import type { Certificate } from '../../../test/client/network/certificate.ts'
import { portsFrom } from '../../kafka/ports.ts'
import { HOST } from '../../kafka/properties.ts'

/** Of PLAIN, known from the start; those of SCRAM are made by an admin. */
export const PLAIN_USER = { user: 'alice', password: 'wonderland' } as const

/** After how long a connection must authenticate again (KIP-368), in ms. */
export const REAUTHENTICATE_MS = 1500

/** Listeners for users, beside the one for everyone. */
export interface Listeners {
  /** For the launcher: the first port of its own, and what every broker is told. */
  readonly port: number
  readonly configs: Readonly<Record<string, string>>
  /** TLS, and every mechanism. */
  readonly secure: string
  /** No TLS, and SCRAM-SHA-512 alone. */
  readonly strict: string
}

/** Kafka takes PEM as one line too. */
const oneLine = (pem: string): string => pem.trim().replaceAll('\n', ' ')

/** Finds ports and writes the configs of a broker with these listeners. */
export async function listeners({ key, cert }: Certificate): Promise<Listeners> {
  const [port, controller, secure, strict] = (await portsFrom(undefined, 4)) as [number, number, number, number]
  const forClients = [`PLAINTEXT://${HOST}:${port}`, `SECURE://${HOST}:${secure}`, `STRICT://${HOST}:${strict}`]
  const security = 'org.apache.kafka.common.security'
  const scram = `${security}.scram.ScramLoginModule required;`
  const { user, password } = PLAIN_USER
  return {
    port,
    secure: `localhost:${secure}`,
    strict: `${HOST}:${strict}`,
    configs: {
      listeners: [...forClients, `CONTROLLER://${HOST}:${controller}`].join(','),
      'advertised.listeners': forClients.join(',').replace(`SECURE://${HOST}`, 'SECURE://localhost'),
      'listener.security.protocol.map':
        'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL,STRICT:SASL_PLAINTEXT',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.key': oneLine(key),
      'ssl.keystore.certificate.chain': oneLine(cert),
      'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      'listener.name.secure.plain.sasl.jaas.config': `${security}.plain.PlainLoginModule required user_${user}="${password}";`,
      'listener.name.secure.scram-sha-256.sasl.jaas.config': scram,
      'listener.name.secure.scram-sha-512.sasl.jaas.config': scram,
      'listener.name.secure.oauthbearer.sasl.jaas.config': `${security}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
      'listener.name.secure.connections.max.reauth.ms': String(REAUTHENTICATE_MS),
      'listener.name.strict.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.strict.scram-sha-512.sasl.jaas.config': scram,
    },
  }
}

/** A token that Kafka takes where nobody has told it whom to ask: signed by no one. */
export function unsecuredToken(sub: string, lifetimeS: number): string {
  const now = Math.floor(Date.now() / 1000)
  const part = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub, iat: now, exp: now + lifetimeS })}.`
}
