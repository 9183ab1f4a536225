import { mergeConfig } from 'vitest/config'
import base from '../vitest.config.ts'

export default mergeConfig(base, { test: { globalSetup: ['memkafka/vitest/global-setup'] } })
