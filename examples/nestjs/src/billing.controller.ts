import { Controller } from '@nestjs/common'
import { EventPattern, KafkaRetriableException, MessagePattern, Payload, RpcException } from '@nestjs/microservices'
import { BillingService, type Order } from './billing.service'

@Controller()
export class BillingController {
  constructor(private readonly billing: BillingService) {}

  /** A request: what is returned goes to `prices.reply`. */
  @MessagePattern('prices')
  price(@Payload() order: Order): { price: number } {
    try {
      return { price: this.billing.priceOf(order) }
    } catch (error) {
      throw new RpcException((error as Error).message)
    }
  }

  /** An event: nobody is answered. Its offset is committed when this returns; when it throws it is handled again. */
  @EventPattern('orders')
  async order(@Payload() order: Order): Promise<void> {
    try {
      await this.billing.bill(order)
    } catch (error) {
      throw new KafkaRetriableException((error as Error).message)
    }
  }
}
