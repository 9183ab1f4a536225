import type { SASLConfig } from '../../config/sections.ts'
import { ConfigurationError } from '../../errors/client-errors.ts'
import type { Mechanism } from './mechanism.ts'

/** PLAIN (RFC 4616): the password as it is; only TLS keeps it secret. */
export function plain({ authIdentity, user, password }: SASLConfig): Mechanism {
  return {
    start() {
      for (const [key, value] of Object.entries({ authIdentity, user, password })) {
        if (value.includes('\0')) throw new ConfigurationError(`net.sasl.${key} must not contain a NUL with PLAIN`)
      }
      return Buffer.from(`${authIdentity}\0${user}\0${password}`)
    },
    next: () => undefined,
  }
}
