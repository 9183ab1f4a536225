import { Deliveries } from '../../broker/network/deliveries.ts'
import type { World } from './world.ts'

/** What is on its way over connections in memory, as a world has it arrive: each end's in its order, and whose is next by chance. */
export class Frames extends Deliveries {
  private readonly world: World

  constructor(world: World) {
    super()
    this.world = world
  }

  override post(deliver: () => void, from: object = this): void {
    this.world.send(from, () => {
      this.count++
      deliver()
    })
  }
}
