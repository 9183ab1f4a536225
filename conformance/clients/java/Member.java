import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** A member of a group: a consumer, and the thread that alone may touch it. */
final class Member {
  private final Release release;
  private final String topic;
  private final Map<String, Object> properties;
  private final Journal read;
  private final Queue<Consumer<KafkaConsumer<String, String>>> asked = new ConcurrentLinkedQueue<>();
  private final CompletableFuture<Void> life;
  private volatile Set<Integer> owned = Set.of();
  private volatile boolean leaving;

  Member(Release release, String topic, Map<String, Object> properties, Journal read) {
    this.release = release;
    this.topic = topic;
    this.properties = properties;
    this.read = read;
    this.life = CompletableFuture.runAsync(this::live, Member::aside);
  }

  private void live() {
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties)) {
      consumer.subscribe(List.of(topic));
      while (!leaving) {
        for (ConsumerRecord<String, String> it : poll(release, consumer)) read.records.add(Journal.Seen.of(it));
        owned = partitions(consumer.assignment());
        while (!asked.isEmpty()) asked.remove().accept(consumer);
      }
    }
  }

  Set<Integer> owned() {
    life.getNow(null); // throws what it died of
    return owned;
  }

  /** Commits, for those of these partitions that are its own. */
  void commit(Map<Integer, Long> offsets) throws Exception {
    Map<TopicPartition, OffsetAndMetadata> all = new HashMap<>();
    Set<Integer> own = owned();
    offsets.forEach((partition, offset) -> {
      if (own.contains(partition)) all.put(new TopicPartition(topic, partition), new OffsetAndMetadata(offset));
    });
    ask(consumer -> {
      consumer.commitSync(all);
      return null;
    });
  }

  @SuppressWarnings("deprecation") // the older releases have no other, and it is in 4.x still
  Long committed(int partition) throws Exception {
    var it = new TopicPartition(topic, partition);
    return ask(release.since(2, 4) ? consumer -> consumer.committed(Set.of(it)).get(it) : consumer -> consumer.committed(it)).offset();
  }

  void leave() throws Exception {
    leaving = true;
    life.get(30, TimeUnit.SECONDS);
  }

  <T> T ask(Function<KafkaConsumer<String, String>, T> question) throws Exception {
    var answer = new CompletableFuture<T>();
    asked.add(consumer -> {
      try {
        answer.complete(question.apply(consumer));
      } catch (RuntimeException error) {
        answer.completeExceptionally(error);
      }
    });
    return answer.get(30, TimeUnit.SECONDS);
  }

  /** Releases before 2.0 count in milliseconds alone, 4.0 and later in durations alone. */
  @SuppressWarnings("deprecation")
  static ConsumerRecords<String, String> poll(Release release, KafkaConsumer<String, String> consumer) {
    return release.since(2, 0) ? consumer.poll(Duration.ofMillis(50)) : consumer.poll(50);
  }

  private static Set<Integer> partitions(Collection<TopicPartition> all) {
    return Set.copyOf(all.stream().map(TopicPartition::partition).toList());
  }

  /** In a thread that ends with the program, should the story fail. */
  private static void aside(Runnable task) {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    thread.start();
  }
}
