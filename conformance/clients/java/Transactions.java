import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The steps of ../steps.ts with a transactional producer. */
final class Transactions {
  private static final int RECORDS = 10;
  private static final int TIMEOUT_MS = 60_000;
  /** Which the broker allows, and that suffices for what is sent before it is over. */
  private static final int SHORT_TIMEOUT_MS = 1500;

  private final Story story;
  private final Admin admin;
  private final String topic = "transfers-" + UUID.randomUUID();
  /** What a reader sees that waits for commits, and one that does not. */
  private final Journal committed = new Journal();
  private final Journal all = new Journal();
  /** What is to be seen by the first, and by the other. */
  private final List<Journal.Seen> sent = new ArrayList<>();
  private final List<Journal.Seen> everything = new ArrayList<>();

  Transactions(Story story, Admin admin) {
    this.story = story;
    this.admin = admin;
  }

  void tell() throws Exception {
    String id = "till-" + UUID.randomUUID();
    List<Member> readers = new ArrayList<>();
    Writer till = writer(id, TIMEOUT_MS);
    Steps.step("transaction", () -> {
      story.create(admin, topic);
      readers.add(new Member(story.release, topic, committedOnly("auditors"), committed));
      readers.add(new Member(story.release, topic, story.reading("watchers-" + UUID.randomUUID()), all));
      till.begin();
      var placed = write(till, "first");
      placed.addAll(write(till, "second"));
      Steps.expect("how many records are read before the commit", committed.records.size(), 0);
      commit(till, placed);
      return sent.size() + " records";
    });
    Steps.step("abort", () -> {
      till.begin();
      write(till, "aborted");
      till.end(false);
      till.begin();
      commit(till, write(till, "kept"));
      return "only what was committed after it is read";
    });
    Steps.step("transform", this::transform);
    Steps.step("fenced", () -> {
      till.begin();
      write(till, "fenced");
      try (Writer other = writer(id, TIMEOUT_MS)) {
        other.begin();
        // Only then is the first one asked: some take its refusal for a lost epoch, and ask for a new one, which ends what is open.
        commit(other, write(other, "fencing"));
        return refusal(() -> {
          till.send(made(topic, "late"));
          till.end(true);
          return null;
        });
      }
    });
    till.close();
    Steps.step("timeout", () -> {
      try (Writer late = writer("late-" + UUID.randomUUID(), SHORT_TIMEOUT_MS)) {
        late.begin();
        write(late, "forgotten");
        // What comes after an open transaction is read when that has ended.
        var placed = story.produce(made(topic, "next"), "none", false);
        everything.addAll(placed);
        sent.addAll(placed);
        committed.sees(sent);
        return refusal(() -> {
          late.end(true);
          return null;
        });
      }
    });
    for (Member reader : readers) reader.leave();
  }

  /** Sends records in a transaction, which stays open, and waits until they can be seen without its end. */
  private List<Journal.Seen> write(Writer by, String name) throws Exception {
    var placed = by.send(made(topic, name));
    everything.addAll(placed);
    all.sees(everything);
    return placed;
  }

  private void commit(Writer by, List<Journal.Seen> placed) throws Exception {
    by.end(true);
    sent.addAll(placed);
    committed.sees(sent);
  }

  /** Records are read and others written, in one transaction with the offsets of those that were read. */
  private String transform() throws Exception {
    var work = new Doubling();
    var first = work.add("first");
    work.once(first, false);
    work.once(first, true);
    work.once(work.add("second"), true);
    work.reader.leave();
    return work.doubled.size() + " records";
  }

  private final class Doubling {
    private final String source = "prices-" + UUID.randomUUID();
    private final String target = "doubled-" + UUID.randomUUID();
    private final String group = "doublers-" + UUID.randomUUID();
    private final String id = "doubler-" + UUID.randomUUID();
    private final Journal results = new Journal();
    private final List<Journal.Seen> doubled = new ArrayList<>();
    private final Member reader;

    Doubling() throws Exception {
      story.create(admin, source);
      story.create(admin, target);
      reader = new Member(story.release, target, committedOnly("buyers"), results);
    }

    List<Journal.Seen> add(String name) throws Exception {
      return story.produce(made(source, name), "none", false);
    }

    /** A new member takes what is there from where the group has committed; it has to be just these. */
    void once(List<Journal.Seen> expected, boolean commits) throws Exception {
      Journal read = new Journal();
      Member member = new Member(story.release, source, story.reading(group), read);
      try (Writer writer = writer(id, TIMEOUT_MS)) {
        read.sees(expected);
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (var it : read.records) {
          records.add(new ProducerRecord<>(target, it.partition(), it.timestamp(), it.key(), it.value() + ", twice"));
        }
        writer.begin();
        var placed = writer.send(records);
        writer.sendOffsets(member, group, source, read.ends());
        writer.end(commits);
        member.leave();
        if (commits) doubled.addAll(placed);
        results.sees(doubled);
      }
    }
  }

  private Writer writer(String id, int timeoutMs) {
    return new Writer(story.release, story.writing("none", true), id, timeoutMs);
  }

  private Map<String, Object> committedOnly(String name) {
    var properties = story.reading(name + "-" + UUID.randomUUID());
    properties.put("isolation.level", "read_committed");
    return properties;
  }

  /** Why something cannot be done. */
  private static String refusal(Callable<?> does) {
    try {
      does.call();
    } catch (Exception refused) {
      return "refused: " + refused.toString().replaceAll("\\s+", " ");
    }
    throw new AssertionError("the producer was not refused");
  }

  /** Some for each partition. */
  static List<ProducerRecord<String, String>> made(String topic, String name) {
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      records.add(new ProducerRecord<>(topic, i % Story.PARTITIONS, System.currentTimeMillis(), name + "-" + i, name + " of " + i));
    }
    return records;
  }
}
