import type { CallOptions } from './channel.ts'
import { type Client, newClient } from './client.ts'
import type { ConfigOptions } from './config/config.ts'

/**
 * Makes something that has a client of its own; a client of which it cannot be made is closed again.
 * @throws as {@link newClient}, and what `make` throws
 */
export async function withOwnClient<T>(
  addrs: readonly string[],
  options: ConfigOptions,
  call: CallOptions,
  make: (client: Client) => T | Promise<T>,
): Promise<T> {
  const client = await newClient(addrs, options, call)
  try {
    return await make(client)
  } catch (error) {
    await client.close()
    throw error
  }
}
