import type { KafkaOptions } from '../kafka/kafka.ts'
import type { Shape } from './shapes.ts'

/** How a real cluster of a shape is started. */
export function kafkaOptions(version: string, { brokers, configs, racks, restarts }: Shape): KafkaOptions {
  return { version, brokers, configs, controllerApart: restarts, ...(racks && { racks }) }
}
