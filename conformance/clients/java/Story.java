import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ConsumerGroupListing;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * The story of ../README.md, told with the Java client.
 *
 * <p>Compiled once, against the release in ../install.ts, and run with the jars of others: what a release does not have is not
 * called with it.
 */
public final class Story {
  private static final int PARTITIONS = 4;
  /** Of each wave and codec. Not a multiple of the partitions, so that batches differ in size. */
  private static final int RECORDS = 23;

  private final String release;
  private final String bootstrapServers;
  private final String topic = "orders-" + UUID.randomUUID();
  private final String group = "billing-" + UUID.randomUUID();
  private final List<Seen> sent = new ArrayList<>();
  private final Queue<Seen> read = new ConcurrentLinkedQueue<>();
  private final List<Member> members = new ArrayList<>();

  /** A record and where it lies: as the producer was told, or as a consumer found it. */
  private record Seen(int partition, long offset, long timestamp, String key, String value, String trace) {}

  private Story(String release, String bootstrapServers) {
    this.release = release;
    this.bootstrapServers = bootstrapServers;
  }

  public static void main(String[] args) throws Exception {
    new Story(args[0], args[1]).tell();
  }

  private void tell() throws Exception {
    int brokers = bootstrapServers.split(",").length;
    try (AdminClient admin = AdminClient.create(properties())) {
      admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) brokers))).all().get();
      until("the topic to be listed", () -> get(admin.listTopics().names()).contains(topic));
      chapter("creates a topic");

      Member first = new Member();
      Member second = new Member();
      until("two members to share the topic", () -> first.owned.size() == 2 && second.owned.size() == 2);
      expect(union(first.owned, second.owned), Set.of(0, 1, 2, 3), "partitions owned");
      chapter("joins a group of two");

      List<String> codecs = since(2, 1) ? List.of("none", "gzip", "snappy", "lz4", "zstd") : List.of("none", "gzip", "snappy", "lz4");
      produce(codecs);
      readsAllThatWasSent();
      chapter("writes with " + String.join(", ", codecs) + ", and reads all of it");

      Map<Integer, Long> early = ends(read);
      first.commit(only(early, first.owned));
      second.commit(only(early, second.owned));
      second.leave();
      until("the other member to take over", () -> first.owned.size() == PARTITIONS);
      produce(codecs);
      readsAllThatWasSent();
      chapter("goes on when a member leaves");

      Map<Integer, Long> committed = halfWay(early, ends(read));
      first.commit(committed);
      first.leave();
      read.removeIf(record -> record.offset >= committed.get(record.partition));
      Member restarted = new Member();
      readsAllThatWasSent();
      expect(restarted.committed(), committed, "committed offsets");
      chapter("resumes where it committed");

      Seen middle = sent.get(sent.size() / 2);
      expect(restarted.offsetAt(middle), middle.offset, "the offset at the time of a record");
      chapter("finds an offset by its time");

      if (since(2, 0)) {
        until("the group to be listed", () -> listed(admin));
        expect(described(admin), "Stable, 1 member", "the group with its member");
        restarted.leave();
        until("the group to be empty", () -> described(admin).equals("Empty, 0 members"));
        admin.deleteConsumerGroups(List.of(group)).all().get();
        until("the group to be gone", () -> !listed(admin));
        chapter("lists, describes and deletes the group");
      } else {
        restarted.leave();
      }

      admin.deleteTopics(List.of(topic)).all().get();
      until("the topic to be gone", () -> !get(admin.listTopics().names()).contains(topic));
      chapter("deletes the topic");
    }
  }

  /** One wave: the same number of records with each codec, each a millisecond after the one before. */
  private void produce(List<String> codecs) throws Exception {
    for (String codec : codecs) {
      Properties properties = properties();
      properties.put("key.serializer", StringSerializer.class.getName());
      properties.put("value.serializer", StringSerializer.class.getName());
      properties.put("compression.type", codec);
      properties.put("acks", "all");
      properties.put("enable.idempotence", "true");
      properties.put("linger.ms", "20");
      List<ProducerRecord<String, String>> records = new ArrayList<>();
      List<Future<RecordMetadata>> acknowledged = new ArrayList<>();
      long start = System.currentTimeMillis() - 60_000 + sent.size();
      try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties)) {
        for (int i = 0; i < RECORDS; i++) {
          String key = codec + "-" + (sent.size() + i);
          String value = i == 0 ? null : (key + " was ordered, packed and sent. ").repeat(i - 1);
          var record = new ProducerRecord<>(topic, null, start + i, key, value);
          record.headers().add("trace", key.getBytes());
          records.add(record);
          acknowledged.add(producer.send(record));
        }
      }
      for (int i = 0; i < RECORDS; i++) {
        RecordMetadata where = acknowledged.get(i).get();
        ProducerRecord<String, String> it = records.get(i);
        sent.add(new Seen(where.partition(), where.offset(), it.timestamp(), it.key(), it.value(), trace(it.headers())));
      }
    }
  }

  /** Each record once, where the producer was told that it is, and in the order of its partition. */
  private void readsAllThatWasSent() {
    until(sent.size() + " records to be read", () -> read.size() >= sent.size());
    for (int partition = 0; partition < PARTITIONS; partition++) {
      expect(of(partition, read), of(partition, sent), "the records of partition " + partition);
    }
  }

  /** A member of the group: a consumer, and the thread that alone may touch it. */
  private final class Member {
    volatile Set<Integer> owned = Set.of();
    private final Queue<Consumer<KafkaConsumer<String, String>>> asked = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<Void> life = CompletableFuture.runAsync(this::live, Story::aside);
    private volatile boolean leaving;

    Member() {
      members.add(this);
    }

    private void live() {
      Properties properties = properties();
      properties.put("key.deserializer", StringDeserializer.class.getName());
      properties.put("value.deserializer", StringDeserializer.class.getName());
      properties.put("group.id", group);
      properties.put("auto.offset.reset", "earliest");
      properties.put("enable.auto.commit", "false");
      properties.put("heartbeat.interval.ms", "200");
      try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties)) {
        consumer.subscribe(List.of(topic));
        while (!leaving) {
          for (ConsumerRecord<String, String> it : poll(consumer)) {
            read.add(new Seen(it.partition(), it.offset(), it.timestamp(), it.key(), it.value(), trace(it.headers())));
          }
          owned = partitions(consumer.assignment());
          while (!asked.isEmpty()) asked.remove().accept(consumer);
        }
      }
    }

    void commit(Map<Integer, Long> offsets) {
      Map<TopicPartition, OffsetAndMetadata> all = new HashMap<>();
      offsets.forEach((partition, offset) -> all.put(new TopicPartition(topic, partition), new OffsetAndMetadata(offset)));
      ask(consumer -> {
        consumer.commitSync(all);
        return null;
      });
    }

    @SuppressWarnings("deprecation") // 0.11 has no other, and it is in 4.x still
    Map<Integer, Long> committed() {
      Map<Integer, Long> offsets = new HashMap<>();
      for (int p = 0; p < PARTITIONS; p++) {
        var partition = new TopicPartition(topic, p);
        offsets.put(p, ask(since(2, 4) ? it -> it.committed(Set.of(partition)).get(partition) : it -> it.committed(partition)).offset());
      }
      return offsets;
    }

    long offsetAt(Seen record) {
      var partition = new TopicPartition(topic, record.partition);
      OffsetAndTimestamp found = ask(consumer -> consumer.offsetsForTimes(Map.of(partition, record.timestamp))).get(partition);
      expect(found.timestamp(), record.timestamp, "the time of the offset");
      return found.offset();
    }

    void leave() {
      leaving = true;
      life.join();
    }

    private <T> T ask(Function<KafkaConsumer<String, String>, T> question) {
      var answer = new CompletableFuture<T>();
      life.whenComplete((ended, error) -> answer.completeExceptionally(error == null ? new IllegalStateException("left") : error));
      asked.add(consumer -> {
        try {
          answer.complete(question.apply(consumer));
        } catch (RuntimeException error) {
          answer.completeExceptionally(error);
        }
      });
      return answer.join();
    }
  }

  /** Releases before 2.0 count in milliseconds alone, 4.0 and later in durations alone. */
  @SuppressWarnings("deprecation")
  private ConsumerRecords<String, String> poll(KafkaConsumer<String, String> consumer) {
    return since(2, 0) ? consumer.poll(Duration.ofMillis(50)) : consumer.poll(50);
  }

  private boolean listed(AdminClient admin) {
    Collection<ConsumerGroupListing> groups = get(admin.listConsumerGroups().all());
    return groups.stream().anyMatch(it -> it.groupId().equals(group));
  }

  private String described(AdminClient admin) {
    ConsumerGroupDescription it = get(admin.describeConsumerGroups(List.of(group)).all()).get(group);
    int members = it.members().size();
    it.members().forEach(member -> expect(partitions(member.assignment().topicPartitions()), Set.of(0, 1, 2, 3), "assigned"));
    return it.state() + ", " + members + (members == 1 ? " member" : " members");
  }

  private Properties properties() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrapServers);
    return properties;
  }

  private boolean since(int major, int minor) {
    String[] parts = release.split("\\.");
    int ours = Integer.parseInt(parts[0]);
    return ours > major || ours == major && Integer.parseInt(parts[1]) >= minor;
  }

  private static Map<Integer, Long> ends(Collection<Seen> records) {
    Map<Integer, Long> ends = new HashMap<>();
    records.forEach(it -> ends.merge(it.partition, it.offset + 1, Math::max));
    return ends;
  }

  private static Map<Integer, Long> halfWay(Map<Integer, Long> from, Map<Integer, Long> to) {
    Map<Integer, Long> middle = new HashMap<>();
    to.forEach((partition, end) -> middle.put(partition, (from.get(partition) + end) / 2));
    return middle;
  }

  private static Map<Integer, Long> only(Map<Integer, Long> offsets, Set<Integer> partitions) {
    Map<Integer, Long> kept = new HashMap<>(offsets);
    kept.keySet().retainAll(partitions);
    return kept;
  }

  private static List<Seen> of(int partition, Collection<Seen> records) {
    return records.stream().filter(it -> it.partition == partition).toList();
  }

  private static Set<Integer> partitions(Collection<TopicPartition> all) {
    return Set.copyOf(all.stream().map(TopicPartition::partition).toList());
  }

  private static Set<Integer> union(Set<Integer> a, Set<Integer> b) {
    Set<Integer> all = new HashSet<>(a);
    all.addAll(b);
    return all;
  }

  private static String trace(Headers headers) {
    return new String(headers.lastHeader("trace").value());
  }

  private static <T> T get(Future<T> future) {
    try {
      return future.get();
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
  }

  /** In a thread that ends with the program, should the story fail. */
  private static void aside(Runnable task) {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    thread.start();
  }

  private static void chapter(String told) {
    System.out.println("ok " + told);
  }

  private static void expect(Object found, Object expected, String what) {
    if (!found.equals(expected)) throw new AssertionError(what + ": expected\n  " + expected + "\nbut found\n  " + found);
  }

  private void until(String what, Supplier<Boolean> holds) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!holds.get()) {
      members.forEach(member -> member.life.getNow(null)); // throws what a member died of
      if (System.nanoTime() > deadline) throw new AssertionError("waited in vain for " + what);
      try {
        Thread.sleep(20);
      } catch (InterruptedException error) {
        throw new IllegalStateException(error);
      }
    }
  }
}
