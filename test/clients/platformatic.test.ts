import { describeClient } from './describe-client.ts'
import { platformatic } from './platformatic.ts'

describeClient(platformatic)
