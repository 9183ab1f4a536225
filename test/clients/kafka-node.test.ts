import { describeClient } from './describe-client.ts'
import { kafkaNodeWith } from './kafka-node.ts'

describeClient(kafkaNodeWith('v1'))
describeClient(kafkaNodeWith('v0'))
