/** A proxy in front of a broker in another process: `proxy.ts <entry> <upstream>`. */
import type * as Testing from '../../src/testing/index.ts'
import { answer, processorTime } from '../worker.ts'

const [entry, upstream] = process.argv.slice(2) as [string, string]
const { KafkaProxy } = (await import(new URL(`testing/${entry.split('/').at(-1)}`, entry).href)) as typeof Testing
const proxy = await KafkaProxy.start({ upstream })
answer({ address: () => proxy.bootstrapServers[0], cpu: processorTime }, () => proxy.stop())
