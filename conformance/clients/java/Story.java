import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** The steps of ../steps.ts, done with the Java client: `Story RELEASE BOOTSTRAP_SERVERS`. */
public final class Story {
  static final int PARTITIONS = 4;
  /** Of each wave. Not a multiple of the partitions, so that batches differ in size. */
  private static final int RECORDS = 23;

  final Release release;
  private final String bootstrapServers;
  private final String topic = "orders-" + UUID.randomUUID();
  private final String group = "billing-" + UUID.randomUUID();
  private final List<Journal.Seen> sent = new ArrayList<>();
  private final List<Member> members = new ArrayList<>();

  private Story(Release release, String bootstrapServers) {
    this.release = release;
    this.bootstrapServers = bootstrapServers;
  }

  public static void main(String[] args) throws Exception {
    var story = new Story(Release.of(args[0]), args[1]);
    try (Admin admin = new Admin(story.release, story.properties())) {
      story.records(admin);
      story.group(admin);
      story.admin(admin);
      new Transactions(story, admin).tell();
      Failover.tell(story, admin);
    }
    System.exit(0);
  }

  String create(Admin admin, String topic) throws Exception {
    admin.createTopic(topic, PARTITIONS, bootstrapServers.split(",").length);
    Steps.until("the topic to have its partitions", () -> admin.partitions(topic) == PARTITIONS);
    return PARTITIONS + " partitions";
  }

  /** Writes in every way, while one reader follows. */
  private void records(Admin admin) throws Exception {
    Steps.step("topic", () -> create(admin, topic));
    Journal read = new Journal();
    Member audit = new Member(release, topic, reading("audit-" + UUID.randomUUID()), read);
    wave("produce", "none", false, false, read);
    wave("headers", "none", false, true, read);
    wave("gzip", "gzip", false, false, read);
    wave("snappy", "snappy", false, false, read);
    wave("lz4", "lz4", false, false, read);
    if (release.since(2, 1)) wave("zstd", "zstd", false, false, read);
    else Steps.notOffered("zstd", "it came with 2.1");
    wave("idempotent", "none", true, false, read);
    audit.leave();
    Steps.step("partition", () -> partition(read.of(0)));
  }

  private void wave(String name, String codec, boolean idempotent, boolean headers, Journal read) {
    Steps.step(name, () -> {
      sent.addAll(produce(made(name, sent.size(), headers), codec, idempotent));
      read.hasAll(sent);
      return RECORDS + " records read from where they were said to lie";
    });
  }

  /** @param known what is in the first partition */
  private String partition(List<Journal.Seen> known) throws Exception {
    var partition = new TopicPartition(topic, 0);
    var all = read(it -> it.seekToBeginning(List.of(partition)), it -> it.size() >= known.size(), () -> null);
    Steps.expect("the partition from its beginning", all, known);
    var some = read(it -> it.seek(partition, 3), it -> it.size() >= known.size() - 3, () -> null);
    Steps.expect("the partition from an offset", some, known.subList(3, known.size()));
    // A reader that has not found the end yet would miss what is written before it has.
    var late = read(it -> it.seekToEnd(List.of(partition)), it -> !it.isEmpty(), () -> {
      var record = new ProducerRecord<>(topic, 0, System.currentTimeMillis(), UUID.randomUUID().toString(), "late");
      return produce(List.of(record), "none", false);
    });
    Steps.expect("what is read from the end", late.stream().map(Journal.Seen::value).collect(toSet()), java.util.Set.of("late"));
    return "from the beginning, from an offset, from the end";
  }

  /** Reads the first partition until it is enough. */
  private List<Journal.Seen> read(
      Consumer<KafkaConsumer<String, String>> seek, Predicate<List<Journal.Seen>> enough, Callable<?> meanwhile) throws Exception {
    List<Journal.Seen> read = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(reading("unused"))) {
      consumer.assign(List.of(new TopicPartition(topic, 0)));
      seek.accept(consumer);
      Steps.until("the partition to be read", () -> {
        for (ConsumerRecord<String, String> it : Member.poll(release, consumer)) read.add(Journal.Seen.of(it));
        if (!enough.test(read)) meanwhile.call();
        return enough.test(read);
      });
    }
    return read;
  }

  /** The life of a group, in a topic of its own: nothing is in it when its members come. */
  private void group(Admin admin) {
    String topic = "payments-" + UUID.randomUUID();
    List<Journal.Seen> sent = new ArrayList<>();
    Journal read = new Journal();
    Callable<?> join = () -> members.add(new Member(release, topic, reading(group), read));
    Callable<?> commit = () -> {
      for (Member member : members) member.commit(read.ends());
      return null;
    };
    Callable<?> wave = () -> {
      List<ProducerRecord<String, String>> records = new ArrayList<>();
      for (var it : made("group", sent.size(), false)) {
        records.add(new ProducerRecord<>(topic, null, it.timestamp(), it.key(), it.value()));
      }
      sent.addAll(produce(records, "none", false));
      read.hasAll(sent);
      return null;
    };
    Steps.step("group", () -> {
      create(admin, topic);
      join.call();
      join.call();
      shared(2);
      wave.call();
      return sent.size() + " records read once";
    });
    Steps.step("rebalance", () -> {
      commit.call();
      members.remove(1).leave();
      shared(1);
      wave.call();
      commit.call();
      join.call();
      shared(2);
      wave.call();
      return "one left, one came";
    });
    Steps.step("commit", () -> {
      commit.call();
      members.remove(1).leave();
      shared(1);
      Map<Integer, Long> early = read.ends();
      wave.call();
      Map<Integer, Long> committed = Journal.halfWay(early, read.ends());
      members.get(0).commit(committed);
      for (int partition : committed.keySet()) {
        Steps.expect("the committed offset", members.get(0).committed(partition), committed.get(partition));
      }
      members.remove(0).leave();
      read.forget(committed);
      join.call();
      read.hasAll(sent);
      return "resumed at " + committed.values().stream().mapToLong(it -> it).sum() + " of " + sent.size() + " records";
    });
  }

  private void shared(int count) throws InterruptedException {
    Steps.until(count + " members to share the partitions", () -> {
      var owned = members.stream().map(Member::owned).toList();
      boolean equal = owned.stream().allMatch(it -> it.size() == PARTITIONS / count);
      return equal && owned.stream().flatMap(Collection::stream).collect(toSet()).size() == PARTITIONS;
    });
  }

  private void admin(Admin admin) throws Exception {
    Steps.step("time", () -> {
      Journal.Seen record = sent.get(sent.size() / 2);
      var partition = new TopicPartition(topic, record.partition());
      try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(reading("unused"))) {
        var found = consumer.offsetsForTimes(Map.of(partition, record.timestamp())).get(partition);
        Steps.expect("the offset at the time of a record", found.offset(), record.offset());
        Steps.expect("the time of the offset", found.timestamp(), record.timestamp());
        return "offset " + found.offset();
      }
    });
    Steps.step("configs", () -> {
      admin.setConfig(topic, "retention.ms", "7200000");
      Steps.until("the config to be read", () -> admin.config(topic, "retention.ms").equals("7200000"));
      if (!release.since(1, 0)) return "a config is changed, read";
      admin.addPartitions(topic, PARTITIONS + 2);
      Steps.until("more partitions", () -> admin.partitions(topic) == PARTITIONS + 2);
      return "a config is changed, read, partitions are added";
    });
    groups(admin);
    Steps.step("delete", () -> {
      if (release.since(1, 1)) {
        var partition = new TopicPartition(topic, 0);
        admin.deleteRecords(partition, 3);
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(reading("unused"))) {
          Steps.until("the records to be gone", () -> consumer.beginningOffsets(List.of(partition)).get(partition) == 3);
        }
      }
      admin.deleteTopic(topic);
      Steps.until("the topic to be gone", () -> !admin.topics().contains(topic));
      return release.since(1, 1) ? "records before an offset, the topic" : "the topic";
    });
  }

  private void groups(Admin admin) throws Exception {
    if (!release.since(2, 0)) {
      Steps.notOffered("groups", "these calls came with 2.0");
      members.remove(0).leave();
      return;
    }
    Steps.step("groups", () -> {
      Steps.until("the group to be listed", () -> admin.isListed(group));
      Steps.expect("the group", admin.described(group), "Stable, members: 1");
      members.remove(0).leave();
      Steps.until("the group to be empty", () -> admin.described(group).equals("Empty, members: 0"));
      admin.deleteGroup(group);
      Steps.until("the group to be gone", () -> !admin.isListed(group));
      return "listed, described with its member, described when it is empty, deleted";
    });
  }

  /** Sends the records in their order, and tells where they lie. */
  List<Journal.Seen> produce(List<ProducerRecord<String, String>> records, String codec, boolean idempotent) throws Exception {
    List<Future<RecordMetadata>> acknowledged = new ArrayList<>();
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(writing(codec, idempotent))) {
      for (var it : records) acknowledged.add(producer.send(it));
    }
    return Writer.placed(records, acknowledged);
  }

  /** With values from none at all to some kilobytes, each a millisecond later than the one before. */
  private List<ProducerRecord<String, String>> made(String name, int count, boolean headers) {
    long start = System.currentTimeMillis() - 60_000 + count;
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      String key = name + "-" + (count + i);
      String value = i == 0 ? null : (key + " was ordered, packed and sent. ").repeat(i - 1);
      var record = new ProducerRecord<>(topic, i % PARTITIONS, start + i, key, value);
      if (headers) {
        record.headers().add("trace", key.getBytes()).add("origin", "shop".getBytes());
        record.headers().add("a", new byte[0]).add("trace", "twice".getBytes());
      }
      records.add(record);
    }
    return records;
  }

  private Map<String, Object> properties() {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", bootstrapServers);
    return properties;
  }

  Map<String, Object> writing(String codec, boolean idempotent) {
    Map<String, Object> properties = properties();
    properties.put("key.serializer", StringSerializer.class.getName());
    properties.put("value.serializer", StringSerializer.class.getName());
    properties.put("compression.type", codec);
    properties.put("acks", "all");
    properties.put("enable.idempotence", idempotent);
    properties.put("linger.ms", 5);
    return properties;
  }

  Map<String, Object> reading(String group) {
    Map<String, Object> properties = properties();
    properties.put("key.deserializer", StringDeserializer.class.getName());
    properties.put("value.deserializer", StringDeserializer.class.getName());
    properties.put("group.id", group);
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", false);
    properties.put("heartbeat.interval.ms", 200);
    properties.put("fetch.max.wait.ms", 50);
    return properties;
  }
}
