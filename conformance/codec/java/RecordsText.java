import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/** What Kafka reads in a record set, as text: record-text.ts writes the same of what memkafka has. */
final class RecordsText {
  private RecordsText() {}

  static String of(ByteBuffer bytes) {
    StringBuilder text = new StringBuilder();
    int read = 0;
    for (MutableRecordBatch batch : MemoryRecords.readableRecords(bytes.duplicate()).batches()) {
      // Throws unless the CRC is right.
      batch.ensureValid();
      read += batch.sizeInBytes();
      boolean legacy = batch.magic() < RecordBatch.MAGIC_VALUE_V2;
      append(text.append('['), "v" + batch.magic(), batch.compressionType().name, batch.timestampType(),
          legacy ? "-" : batch.baseOffset(), batch.lastOffset(), batch.maxTimestamp(), batch.producerId(),
          batch.producerEpoch(), batch.baseSequence(), batch.lastSequence(), batch.partitionLeaderEpoch(),
          batch.isTransactional() ? "transactional" : "-", batch.isControlBatch() ? "control" : "-",
          batch.deleteHorizonMs().isPresent() ? batch.deleteHorizonMs().getAsLong() : "-",
          batch.countOrNull() == null ? "-" : batch.countOrNull()).append(']');
      for (Record record : batch) {
        record.ensureValid();
        append(text.append('('), record.offset(), record.timestamp(), hex(record.key()), hex(record.value()));
        for (Header header : record.headers()) {
          ByteBuffer key = ByteBuffer.wrap(header.key().getBytes(StandardCharsets.UTF_8));
          ByteBuffer value = header.value() == null ? null : ByteBuffer.wrap(header.value());
          text.append(' ').append(hex(key)).append('=').append(hex(value));
        }
        if (batch.isControlBatch()) text.append(' ').append(control(record));
        text.append(')');
      }
    }
    if (read != bytes.remaining()) text.append(" and ").append(bytes.remaining() - read).append(" bytes");
    return text.toString();
  }

  private static String control(Record record) {
    ControlRecordType type = ControlRecordType.parse(record.key());
    boolean marker = type == ControlRecordType.ABORT || type == ControlRecordType.COMMIT;
    return type + (marker ? " " + EndTransactionMarker.deserialize(record).coordinatorEpoch() : "");
  }

  private static StringBuilder append(StringBuilder text, Object... fields) {
    for (int i = 0; i < fields.length; i++) text.append(i == 0 ? "" : " ").append(fields[i]);
    return text;
  }

  private static String hex(ByteBuffer buffer) {
    if (buffer == null) return "null";
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return "x" + HexFormat.of().formatHex(bytes);
  }
}
