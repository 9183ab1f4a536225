import { type DynamicModule, Module } from '@nestjs/common'
import { ClientsModule } from '@nestjs/microservices'
import { kafkaOptions, type Settings } from './kafka'
import { Shop } from './shop'

@Module({})
export class ShopModule {
  static register(brokers: string[], settings?: Settings): DynamicModule {
    const kafka = { name: 'KAFKA', ...kafkaOptions(brokers, 'shop', settings) }
    return { module: ShopModule, imports: [ClientsModule.register([kafka])], providers: [Shop] }
  }
}
