import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;

/** Record sets of any content, as Kafka builds them: one batch or a few, one after the other. */
final class RandomRecords {
  private static final Header[] NO_HEADERS = {};
  private static final byte V2 = 2;

  private final RandomChoices choices;
  private final SplittableRandom random;
  private final MessageMaker maker;
  private long nextOffset;

  RandomRecords(RandomChoices choices, MessageMaker maker) {
    this.choices = choices;
    this.random = choices.random();
    this.maker = maker;
    nextOffset = choices.oneIn(2) ? 0 : random.nextLong(1L << random.nextInt(1, 53));
  }

  byte[] make(byte magic, CompressionType codec) throws ReflectiveOperationException {
    ByteArrayOutputStream set = new ByteArrayOutputStream();
    for (int i = choices.oneIn(3) ? 3 : 1; i > 0; i--) {
      int kind = magic < V2 ? 2 : random.nextInt(12);
      ByteBuffer batch = kind == 0 ? control() : kind == 1 ? empty() : filled(magic, codec);
      set.write(batch.array(), batch.arrayOffset() + batch.position(), batch.remaining());
    }
    return set.toByteArray();
  }

  private ByteBuffer filled(byte magic, CompressionType codec) {
    boolean appended = magic > 0 && choices.oneIn(4);
    boolean idempotent = magic == V2 && choices.oneIn(2);
    long baseOffset = nextOffset;
    MemoryRecordsBuilder builder = new MemoryRecordsBuilder(new ByteBufferOutputStream(512), magic, compression(codec),
        appended ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME, baseOffset, appended ? timestamp() : -1L,
        idempotent ? positiveLong() : -1L, (short) (idempotent ? positive(Short.MAX_VALUE) : -1),
        idempotent ? positive(Integer.MAX_VALUE) : -1, idempotent && choices.bool(), false,
        magic == V2 ? positive(Integer.MAX_VALUE) - 1 : -1, Integer.MAX_VALUE,
        magic == V2 && choices.oneIn(6) ? random.nextLong(1L << 42) : -1L);
    for (int i = choices.oneIn(10) ? random.nextInt(1, 200) : random.nextInt(1, 8); i > 0; i--) {
      // What compaction took away leaves a gap.
      long offset = choices.oneIn(5) ? nextOffset + random.nextInt(1000) : nextOffset;
      Header[] headers = magic == V2 ? headers() : NO_HEADERS;
      builder.appendWithOffset(offset, timestamp(), content(), content(), headers);
      nextOffset = offset + 1;
    }
    if (magic == V2 && choices.oneIn(8)) {
      nextOffset += random.nextInt(100);
      builder.overrideLastOffset(nextOffset - 1);
    }
    return builder.build().buffer();
  }

  private Compression compression(CompressionType codec) {
    if (codec == CompressionType.GZIP) return Compression.gzip().level(random.nextInt(1, 10)).build();
    if (codec == CompressionType.LZ4) return Compression.lz4().level(random.nextInt(1, 18)).build();
    if (codec == CompressionType.ZSTD) return Compression.zstd().level(random.nextInt(-5, 10)).build();
    return Compression.of(codec).build();
  }

  /** What is left of a batch when compaction has taken all of its records. */
  private ByteBuffer empty() {
    ByteBuffer batch = ByteBuffer.allocate(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
    long last = nextOffset + random.nextInt(100);
    DefaultRecordBatch.writeEmptyHeader(batch, V2, positiveLong(), (short) positive(Short.MAX_VALUE),
        positive(Integer.MAX_VALUE), nextOffset, last, positive(Integer.MAX_VALUE) - 1, TimestampType.CREATE_TIME,
        timestamp(), choices.bool(), choices.bool());
    nextOffset = last + 1;
    return batch.flip();
  }

  private ByteBuffer control() throws ReflectiveOperationException {
    long offset = nextOffset++;
    long time = random.nextLong(1L << 42);
    int epoch = positive(Integer.MAX_VALUE);
    ByteBuffer buffer = ByteBuffer.allocate(1 << 18);
    switch (random.nextInt(6)) {
      case 0: return MemoryRecords.withLeaderChangeMessage(offset, time, epoch, buffer,
          (LeaderChangeMessage) message(LeaderChangeMessage.class, LeaderChangeMessage.SCHEMAS)).buffer();
      case 1: return MemoryRecords.withSnapshotHeaderRecord(offset, time, epoch, buffer,
          (SnapshotHeaderRecord) message(SnapshotHeaderRecord.class, SnapshotHeaderRecord.SCHEMAS)).buffer();
      case 2: return MemoryRecords.withSnapshotFooterRecord(offset, time, epoch, buffer,
          (SnapshotFooterRecord) message(SnapshotFooterRecord.class, SnapshotFooterRecord.SCHEMAS)).buffer();
      case 3: return MemoryRecords.withKRaftVersionRecord(offset, time, epoch, buffer,
          (KRaftVersionRecord) message(KRaftVersionRecord.class, KRaftVersionRecord.SCHEMAS)).buffer();
      case 4: return MemoryRecords.withVotersRecord(offset, time, epoch, buffer,
          (VotersRecord) message(VotersRecord.class, VotersRecord.SCHEMAS)).buffer();
      default:
        ControlRecordType type = choices.bool() ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
        return MemoryRecords.withEndTransactionMarker(offset, time, epoch, positiveLong(),
            (short) positive(Short.MAX_VALUE), new EndTransactionMarker(type, choices.int32())).buffer();
    }
  }

  private Object message(Class<?> type, Schema[] schemas) throws ReflectiveOperationException {
    return maker.make(type, schemas[0], choices);
  }

  private long timestamp() {
    switch (random.nextInt(8)) {
      case 0: return -1;
      case 1: return random.nextLong(1L << random.nextInt(1, 53));
      default: return 1_700_000_000_000L + random.nextInt(-100_000, 100_000);
    }
  }

  private int positive(int below) {
    return choices.oneIn(8) ? below - 1 : random.nextInt(Math.max(1, below >> random.nextInt(15)));
  }

  private long positiveLong() {
    return choices.oneIn(8) ? (1L << 53) - 1 : random.nextLong(1L << random.nextInt(1, 53));
  }

  private byte[] content() {
    int kind = random.nextInt(400);
    // Blocks of snappy have 32 KiB, those of lz4 64 KiB.
    if (kind == 0) return choices.repetitive(random.nextInt(200_000));
    if (kind == 1) {
      byte[] noise = new byte[random.nextInt(100_000)];
      random.nextBytes(noise);
      return noise;
    }
    if (kind < 40) return choices.repetitive(random.nextInt(2_000));
    return kind < 80 ? null : choices.bytes();
  }

  private Header[] headers() {
    if (!choices.oneIn(3)) return NO_HEADERS;
    Header[] headers = new Header[random.nextInt(4)];
    for (int i = 0; i < headers.length; i++) {
      headers[i] = new RecordHeader(choices.text(), choices.oneIn(4) ? null : choices.bytes());
    }
    return headers;
  }
}
