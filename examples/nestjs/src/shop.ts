import { Inject, Injectable, type OnModuleInit } from '@nestjs/common'
import { ClientKafka } from '@nestjs/microservices'
import { firstValueFrom } from 'rxjs'
import type { Order } from './billing.service'

/** What calls the service: another one of your services. */
@Injectable()
export class Shop implements OnModuleInit {
  constructor(@Inject('KAFKA') private readonly kafka: ClientKafka) {}

  /** Answers come by `prices.reply`, which has to be there, with a partition for each instance of the shop. */
  async onModuleInit(): Promise<void> {
    this.kafka.subscribeToResponseOf('prices')
    await this.kafka.connect()
  }

  async priceOf(order: Order): Promise<number> {
    const { price } = await firstValueFrom(this.kafka.send<{ price: number }>('prices', order))
    return price
  }

  async order(order: Order): Promise<void> {
    await firstValueFrom(this.kafka.emit('orders', order))
  }
}
