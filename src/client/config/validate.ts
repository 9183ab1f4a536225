import type { Config } from './config.ts'

export function validate(_config: Config): void {}
