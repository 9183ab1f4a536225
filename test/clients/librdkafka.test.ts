import { describeClient } from './describe-client.ts'
import { librdkafka } from './librdkafka.ts'

describeClient(librdkafka)
