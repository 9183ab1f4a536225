import { Injectable } from '@nestjs/common'

export interface Order {
  readonly id: string
  readonly amount: number
}

@Injectable()
export class BillingService {
  readonly billed: Order[] = []

  priceOf({ amount }: Order): number {
    if (amount <= 0) throw new Error(`there is no price for ${amount}`)
    return Math.round(amount * 119) / 100
  }

  async bill(order: Order): Promise<void> {
    this.billed.push(order)
  }
}
