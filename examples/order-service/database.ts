/** An order as the shop takes it. */
export interface Order {
  readonly id: string
  readonly amount: number
}

/** The service's own database, as far as it matters here: what is written in one call is written together, or not at all. */
export class Database {
  readonly orders: Map<string, Order> = new Map()
  /** What is still to be announced, the oldest first. */
  readonly outbox: Order[] = []
  /** Every charge of a card, by order: an order that was charged twice stands here twice. */
  readonly charges: string[] = []
  private readonly charged = new Set<string>()

  /** The order and its announcement in one transaction: neither is there without the other. */
  place(order: Order): void {
    this.orders.set(order.id, order)
    this.outbox.push(order)
  }

  /** Charges, whatever was charged before. */
  charge({ id }: Order): void {
    this.charges.push(id)
  }

  /** Charges an order that has not been charged yet: the order's id is the charge's key. */
  chargeOnce(order: Order): void {
    if (this.charged.has(order.id)) return
    this.charged.add(order.id)
    this.charge(order)
  }
}
