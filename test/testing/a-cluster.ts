/**
 * The cluster of those tests of the kit that need no emulator: memkafka, as its handles give it; with `MEMKAFKA_BOOTSTRAP=127.0.0.1:9092,…` the one that is
 * there, as `connectCluster` gives it. `npm run conformance -- real` runs every test file that takes its cluster from here on real Kafka, and through a
 * proxy before it.
 *
 * A test qualifies that
 * - takes its names from the cluster (`cluster.name('billing')`, `topic.name`): a real cluster is shared, and remembers;
 * - asks and expects what `TestCluster` has, which the compiler sees to;
 * - waits for what Kafka does later than it answers, as for the end of a transaction.
 *
 * One that cannot stands beside the others as `onMemkafka('why')('what it says', …)`.
 */
import { onTestFinished, type TestContext, test } from 'vitest'
import type { ClusterOptions } from '../../src/broker/options.ts'
import { KafkaCluster } from '../../src/index.ts'
import { connectCluster } from '../../src/testing/real/real-cluster.ts'
import type { TestCluster } from '../../src/testing/test-cluster.ts'

const real = process.env.MEMKAFKA_BOOTSTRAP

/** Whether the cluster of these tests is one that is there already. */
export const isRealKafka: boolean = real !== undefined && real !== ''

/** What both kinds of clusters can be told. */
export type AClusterOptions = Pick<ClusterOptions, 'topics' | 'waitTimeout'> & {
  /** What memkafka alone is told; a cluster that is there is as it is. */
  readonly config?: ClusterOptions['config']
}

/** What a test is given: what any cluster can be asked, and its end. */
export interface OwnCluster extends TestCluster {
  stop(): Promise<void>
}

/** A cluster with these topics, which are named as `cluster.name` has it. It ends with the test. */
export async function aCluster({ topics = {}, config = {}, ...options }: AClusterOptions = {}): Promise<OwnCluster> {
  const cluster =
    real === undefined || real === ''
      ? await KafkaCluster.start({ topics, config, ...options })
      : await connectCluster(real, { topics, allowWrites: true, ...options })
  onTestFinished(() => cluster.stop())
  return cluster
}

/** A test that memkafka alone can pass: elsewhere it is skipped, and says why. */
export function onMemkafka(why: string): (name: string, body: (context: TestContext) => Promise<void>) => void {
  return (name, body) => test(name, (context) => (isRealKafka ? context.skip(why) : body(context)))
}
