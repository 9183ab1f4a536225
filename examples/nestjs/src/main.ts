import { NestFactory } from '@nestjs/core'
import { BillingModule } from './billing.module'
import { kafkaOptions } from './kafka'

async function bootstrap(): Promise<void> {
  const brokers = (process.env.KAFKA_BROKERS ?? 'localhost:9092').split(',')
  const app = await NestFactory.createMicroservice(BillingModule, kafkaOptions(brokers, 'billing'))
  app.enableShutdownHooks()
  await app.listen()
}
void bootstrap()
