import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** What was read, by any number of members. */
final class Journal {
  /** A record and where it lies: as the producer was told, or as a consumer found it. */
  record Seen(int partition, long offset, long timestamp, String key, String value, List<String> headers) {
    static Seen of(ConsumerRecord<String, String> it) {
      return new Seen(it.partition(), it.offset(), it.timestamp(), it.key(), it.value(), texts(it.headers()));
    }
  }

  final Queue<Seen> records = new ConcurrentLinkedQueue<>();

  /** Waits until each of these was read: once, as it was sent, where it was said to lie, and in the order of its partition. */
  void hasAll(Collection<Seen> sent) throws InterruptedException {
    Steps.until(sent.size() + " records to be read", () -> records.size() >= sent.size());
    Steps.expect("how many records were read", records.size(), sent.size());
    for (int partition : ends(sent).keySet()) {
      List<Seen> expected = new ArrayList<>(of(partition, sent));
      expected.sort(Comparator.comparingLong(Seen::offset));
      Steps.expect("the records of partition " + partition, of(partition), expected);
    }
  }

  /** Waits until these were read, and no others, once each and where they lie: between them lies what cannot be read. */
  void sees(Collection<Seen> sent) throws InterruptedException {
    Steps.until(sent.size() + " records to be read", () -> records.size() >= sent.size());
    Comparator<Seen> byPlace = Comparator.comparingInt(Seen::partition).thenComparingLong(Seen::offset);
    Steps.expect("what is read", records.stream().sorted(byPlace).toList(), sent.stream().sorted(byPlace).toList());
  }

  /** A partition's records, in the order in which they were read. */
  List<Seen> of(int partition) {
    return of(partition, records);
  }

  private static List<Seen> of(int partition, Collection<Seen> records) {
    return records.stream().filter(it -> it.partition == partition).toList();
  }

  /** For each partition the offset after its last record. */
  Map<Integer, Long> ends() {
    return ends(records);
  }

  private static Map<Integer, Long> ends(Collection<Seen> records) {
    Map<Integer, Long> ends = new TreeMap<>();
    records.forEach(it -> ends.merge(it.partition, it.offset + 1, Math::max));
    return ends;
  }

  /** Drops what was read from these offsets on. */
  void forget(Map<Integer, Long> from) {
    records.removeIf(it -> it.offset >= from.getOrDefault(it.partition, 0L));
  }

  static Map<Integer, Long> halfWay(Map<Integer, Long> from, Map<Integer, Long> to) {
    Map<Integer, Long> middle = new TreeMap<>();
    to.forEach((partition, end) -> middle.put(partition, (from.getOrDefault(partition, 0L) + end) / 2));
    return middle;
  }

  static List<String> texts(Headers headers) {
    List<String> texts = new ArrayList<>();
    for (Header header : headers) texts.add(header.key() + ": " + new String(header.value()));
    return texts;
  }
}
