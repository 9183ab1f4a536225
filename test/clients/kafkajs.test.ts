import { describeClient } from './describe-client.ts'
import { kafkaJs } from './kafkajs.ts'

describeClient(kafkaJs)
