import static java.util.stream.Collectors.groupingByConcurrent;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;

/** The step of ../steps.ts in which a broker dies. */
final class Failover {
  /** So many records at least are acknowledged before the broker dies, while it is dead, and after it came back. */
  private static final int RECORDS = 80;

  private static final long PAUSE_MS = 2;
  private static final int NOBODY = -1;

  private Failover() {}

  static void tell(Story story, Admin admin) {
    if (System.getenv("KILLS") == null) return;
    Steps.step("failover", () -> {
      String topic = "steady-" + UUID.randomUUID();
      story.create(admin, topic);
      var read = new Journal();
      var reader = new Member(story.release, topic, story.reading("followers-" + UUID.randomUUID()), read);
      // The admin clients of old releases wait for a controller that is dead; a consumer asks whoever answers.
      try (var producer = new Steady(story, topic);
          var asking = new KafkaConsumer<String, String>(story.reading("unused"))) {
        producer.goOn("at first");
        Steps.until("something to be read", () -> !read.records.isEmpty());
        int dying = leader(asking, topic);
        System.out.println("kill " + dying);
        Steps.until("another leader", () -> !List.of(NOBODY, dying).contains(leader(asking, topic)));
        producer.goOn("without the broker");
        System.out.println("start " + dying);
        Steps.until("the broker to be in sync again", () -> inSync(asking, topic).contains(dying), Steps.STARTING_S);
        producer.goOn("with the broker");
        var sent = producer.end();
        Steps.until(sent.size() + " records to be read", () -> places(read).size() >= sent.size());
        var places = places(read);
        for (var it : sent) Steps.expect("where " + it.key() + " is read", places.get(it.key()), Set.of(place(it)));
        reader.leave();
        return sent.size() + " records, each read at one place";
      }
    });
  }

  private static int leader(KafkaConsumer<?, ?> asking, String topic) {
    Node leader = first(asking, topic).leader();
    return leader == null ? NOBODY : leader.id();
  }

  private static Set<Integer> inSync(KafkaConsumer<?, ?> asking, String topic) {
    return Stream.of(first(asking, topic).inSyncReplicas()).map(Node::id).collect(toSet());
  }

  private static PartitionInfo first(KafkaConsumer<?, ?> asking, String topic) {
    return asking.partitionsFor(topic).stream().filter(it -> it.partition() == 0).findAny().orElseThrow();
  }

  /** Where each record was read; one that was read twice at the same place had not been committed. */
  private static Map<String, Set<String>> places(Journal read) {
    return read.records.stream().collect(groupingByConcurrent(Journal.Seen::key, mapping(Failover::place, toSet())));
  }

  private static String place(Journal.Seen it) {
    return it.partition() + "/" + it.offset();
  }

  /** An idempotent producer that writes without pause, in a thread of its own. */
  private static final class Steady implements AutoCloseable {
    private final KafkaProducer<String, String> producer;
    private final List<ProducerRecord<String, String>> records = new ArrayList<>();
    private final List<Future<RecordMetadata>> answers = new ArrayList<>();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final Queue<Exception> errors = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile boolean enough;

    Steady(Story story, String topic) {
      producer = new KafkaProducer<>(story.writing("none", true));
      thread = new Thread(() -> write(topic));
      thread.setDaemon(true);
      thread.start();
    }

    private void write(String topic) {
      for (int i = 0; !enough; i++) {
        var record = new ProducerRecord<>(topic, i % Story.PARTITIONS, System.currentTimeMillis(), "steady-" + i, "go on");
        records.add(record);
        answers.add(producer.send(record, (where, error) -> {
          if (error == null) acknowledged.incrementAndGet();
          else errors.add(error);
        }));
        try {
          Thread.sleep(PAUSE_MS);
        } catch (InterruptedException error) {
          return;
        }
      }
    }

    void goOn(String when) throws InterruptedException {
      int until = acknowledged.get() + RECORDS;
      Steps.until("records to be acknowledged " + when + " " + errors, () -> acknowledged.get() >= until);
    }

    /** Where all that was written lies: an idempotent producer is never refused for a broker that dies. */
    List<Journal.Seen> end() throws Exception {
      enough = true;
      thread.join();
      producer.flush();
      return Writer.placed(records, answers);
    }

    @Override
    public void close() {
      enough = true;
      producer.close();
    }
  }
}
