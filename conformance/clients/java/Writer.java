import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/** A transactional producer, ready to begin. */
final class Writer implements AutoCloseable {
  private final Release release;
  private final KafkaProducer<String, String> producer;

  Writer(Release release, Map<String, Object> writing, String id, int timeoutMs) {
    Map<String, Object> properties = new HashMap<>(writing);
    properties.put("transactional.id", id);
    properties.put("transaction.timeout.ms", timeoutMs);
    this.release = release;
    this.producer = new KafkaProducer<>(properties);
    producer.initTransactions();
  }

  void begin() {
    producer.beginTransaction();
  }

  /** Sends the records, and tells where they lie once all are acknowledged. */
  List<Journal.Seen> send(List<ProducerRecord<String, String>> records) throws InterruptedException, ExecutionException {
    List<Future<RecordMetadata>> acknowledged = new ArrayList<>();
    for (var it : records) acknowledged.add(producer.send(it));
    producer.flush();
    return placed(records, acknowledged);
  }

  static List<Journal.Seen> placed(List<ProducerRecord<String, String>> records, List<Future<RecordMetadata>> acknowledged)
      throws InterruptedException, ExecutionException {
    List<Journal.Seen> placed = new ArrayList<>();
    for (int i = 0; i < records.size(); i++) {
      RecordMetadata where = acknowledged.get(i).get();
      var it = records.get(i);
      var headers = Journal.texts(it.headers());
      placed.add(new Journal.Seen(where.partition(), where.offset(), it.timestamp(), it.key(), it.value(), headers));
    }
    return placed;
  }

  /** What the member has read becomes committed with the transaction. */
  @SuppressWarnings("deprecation") // releases before 2.5 have no other
  void sendOffsets(Member member, String group, String topic, Map<Integer, Long> offsets) throws Exception {
    Map<TopicPartition, OffsetAndMetadata> all = new HashMap<>();
    offsets.forEach((partition, offset) -> all.put(new TopicPartition(topic, partition), new OffsetAndMetadata(offset)));
    if (release.since(2, 5)) {
      ConsumerGroupMetadata metadata = member.ask(it -> it.groupMetadata());
      producer.sendOffsetsToTransaction(all, metadata);
    } else {
      producer.sendOffsetsToTransaction(all, group);
    }
  }

  void end(boolean commit) {
    if (commit) producer.commitTransaction();
    else producer.abortTransaction();
  }

  @Override
  public void close() {
    producer.close();
  }
}
