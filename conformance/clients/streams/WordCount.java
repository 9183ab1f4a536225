import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.Stores;

/**
 * Words are counted with Kafka Streams, by one instance or two, of which any may go: `WordCount GUARANTEE BOOTSTRAP_SERVERS`, with
 * Kafka Streams' processing guarantee. What there is of the steps of ../steps.ts: an application's internal topics, its group, the
 * state that it resumes with, and with exactly_once_v2 its transactions.
 */
public final class WordCount {
  private static final int PARTITIONS = 4;
  /** Of the stream of lines, and of the words that are sent on by their keys. */
  private static final int TASKS = 2 * PARTITIONS;

  /** A word that kills whoever counts it for the first time. */
  private static final String POISON = "poison";

  private final String guarantee;
  private final String bootstrapServers;
  private final AtomicInteger poisoned = new AtomicInteger();
  private final String application = "word-count-" + UUID.randomUUID();
  private final String lines = "lines-" + UUID.randomUUID();
  private final String counts = "counts-" + UUID.randomUUID();
  private final List<KafkaStreams> instances = new ArrayList<>();
  /** How often each word was written, and how often it was counted. */
  private final Map<String, Long> written = new TreeMap<>();
  private final Map<String, Long> counted = new TreeMap<>();

  private WordCount(String guarantee, String bootstrapServers) {
    this.guarantee = guarantee;
    this.bootstrapServers = bootstrapServers;
  }

  public static void main(String[] args) throws Exception {
    new WordCount(args[0], args[1]).count();
    System.exit(0);
  }

  private void count() throws Exception {
    try (Admin admin = Admin.create(properties()); var reader = new KafkaConsumer<String, Long>(reading())) {
      Steps.step("topic", () -> {
        short replicas = (short) bootstrapServers.split(",").length;
        var topics = List.of(new NewTopic(lines, PARTITIONS, replicas), new NewTopic(counts, PARTITIONS, replicas));
        admin.createTopics(topics).all().get();
        Steps.until("the topics to be listed", () -> admin.listTopics().names().get().containsAll(List.of(lines, counts)));
        startInstance();
        shared(1);
        var internal = List.of(application + "-words-repartition", application + "-words-changelog");
        for (var topic : admin.describeTopics(internal).allTopicNames().get().values()) {
          Steps.expect("the partitions of " + topic.name(), topic.partitions().size(), PARTITIONS);
        }
        return "its topics for what is sent on, and for its state";
      });
      reader.subscribe(List.of(counts));
      Steps.step("produce", () -> write(reader));
      Steps.notOffered("headers", "they are the producer's affair");
      for (String codec : List.of("gzip", "snappy", "lz4", "zstd")) Steps.notOffered(codec, "it is the producer's affair");
      Steps.notOffered("idempotent", "it is the producer's affair");
      Steps.notOffered("partition", "it reads in groups alone");
      Steps.step("group", () -> {
        startInstance();
        shared(2);
        return write(reader);
      });
      Steps.step("rebalance", () -> {
        stopInstance();
        shared(1);
        write(reader);
        startInstance();
        shared(2);
        return write(reader);
      });
      Steps.step("commit", () -> {
        stopInstance();
        stopInstance();
        startInstance();
        shared(1);
        return write(reader);
      });
      for (String step : List.of("time", "configs", "groups", "delete")) Steps.notOffered(step, "it is the admin client's affair");
      transactions(reader);
    }
  }

  private void transactions(KafkaConsumer<String, Long> reader) {
    Steps.notOffered("transaction", "its transactions are those of what it reads");
    if (!guarantee.startsWith("exactly_once")) {
      for (String step : List.of("abort", "transform")) Steps.notOffered(step, guarantee + " takes no transactions");
    } else {
      Steps.step("abort", () -> {
        poison();
        String counted = write(reader);
        Steps.expect("how often the poison was counted", poisoned.get(), 2);
        return counted + ", though a thread has died within a transaction";
      });
      Steps.step("transform", () -> write(reader));
    }
    for (String step : List.of("fenced", "timeout")) Steps.notOffered(step, "it gives its producers their ids");
    if (System.getenv("KILLS") != null) Steps.notOffered("failover", "this program does not do it");
  }

  /** Writes lines to one partition, with poison after some, which are counted in the same transaction. */
  private void poison() {
    try (var producer = new KafkaProducer<String, String>(writing())) {
      for (int i = 0; i < 20; i++) send(producer, 0, i == 15 ? POISON : "what is counted before it");
    }
  }

  private List<String> words(String line) {
    if (line.equals(POISON) && poisoned.incrementAndGet() == 1) throw new IllegalStateException("poisoned");
    return Arrays.asList(line.split(" "));
  }

  private void startInstance() throws Exception {
    Properties properties = new Properties();
    properties.putAll(properties());
    properties.put("application.id", application);
    properties.put("client.id", "instance-" + UUID.randomUUID());
    properties.put("default.key.serde", Serdes.StringSerde.class.getName());
    properties.put("default.value.serde", Serdes.StringSerde.class.getName());
    properties.put("auto.offset.reset", "earliest");
    properties.put("processing.guarantee", guarantee);
    properties.put("commit.interval.ms", 100);
    properties.put("statestore.cache.max.bytes", 0);
    // An instance that goes does not say so: the group sees it when its session is over, and no sooner than the broker allows.
    properties.put("session.timeout.ms", 6000);
    properties.put("heartbeat.interval.ms", 200);
    properties.put("state.dir", java.nio.file.Files.createTempDirectory("word-count").toString());
    var streams = new KafkaStreams(topology(), properties);
    streams.setUncaughtExceptionHandler(error -> StreamThreadExceptionResponse.REPLACE_THREAD);
    instances.add(streams);
    streams.start();
  }

  private void stopInstance() {
    instances.remove(instances.size() - 1).close(Duration.ofSeconds(20));
  }

  private Topology topology() {
    var string = Serdes.String();
    var builder = new StreamsBuilder();
    builder.stream(lines, Consumed.with(string, string))
        .flatMapValues(this::words)
        .groupBy((key, word) -> word, Grouped.with("words", string, string))
        .count(Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("words")).withKeySerde(string).withValueSerde(Serdes.Long()))
        .toStream()
        .to(counts, Produced.with(string, Serdes.Long()));
    return builder.build();
  }

  /** Waits until so many instances run, and have all tasks, each its part. */
  private void shared(int count) throws InterruptedException {
    Steps.until(count + " instances to share the tasks", () -> {
      int tasks = 0;
      for (var instance : instances) {
        if (instance.state() != KafkaStreams.State.RUNNING) return false;
        int own = instance.metadataForLocalThreads().stream().mapToInt(it -> it.activeTasks().size()).sum();
        if (own != TASKS / count) return false;
        tasks += own;
      }
      return tasks == TASKS;
    });
  }

  /** Writes lines, and waits until each word is counted as often as it was written so far. */
  private String write(KafkaConsumer<String, Long> reader) throws Exception {
    try (var producer = new KafkaProducer<String, String>(writing())) {
      for (int i = 0; i < 40; i++) send(producer, i % PARTITIONS, "to be or not to be that is question " + i);
    }
    Steps.until("the words to be counted", () -> {
      for (ConsumerRecord<String, Long> it : reader.poll(Duration.ofMillis(50))) {
        Steps.expect("the next count of " + it.key(), it.value(), counted.getOrDefault(it.key(), 0L) + 1);
        counted.put(it.key(), it.value());
      }
      return counted.equals(written);
    });
    return written.values().stream().mapToLong(it -> it).sum() + " words counted once";
  }

  private void send(KafkaProducer<String, String> producer, int partition, String line) {
    for (String word : line.split(" ")) written.merge(word, 1L, Long::sum);
    producer.send(new ProducerRecord<>(lines, partition, null, line));
  }

  private Map<String, Object> writing() {
    Map<String, Object> properties = properties();
    properties.put("key.serializer", StringSerializer.class.getName());
    properties.put("value.serializer", StringSerializer.class.getName());
    return properties;
  }

  private Map<String, Object> properties() {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", bootstrapServers);
    return properties;
  }

  private Map<String, Object> reading() {
    Map<String, Object> properties = properties();
    properties.put("key.deserializer", StringDeserializer.class.getName());
    properties.put("value.deserializer", LongDeserializer.class.getName());
    properties.put("group.id", application + "-reader");
    properties.put("auto.offset.reset", "earliest");
    properties.put("isolation.level", "read_committed");
    return properties;
  }
}
