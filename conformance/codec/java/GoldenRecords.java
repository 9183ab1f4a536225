import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;

/**
 * Writes batches and message sets of every magic and codec, as Kafka builds them: one JSON object of name and base64. What is in
 * them is told again in test/protocol/records/golden/cases.ts.
 */
final class GoldenRecords {
  private static final long TIME = 1_700_000_000_000L;
  private static final long APPEND_TIME = 1_700_000_123_456L;
  private static final Header[] NO_HEADERS = {};

  private final List<String> entries = new ArrayList<>();

  public static void main(String[] arguments) {
    GoldenRecords golden = new GoldenRecords();
    for (byte magic = 0; magic <= 2; magic++) {
      for (CompressionType codec : CompressionType.values()) {
        if (codec == CompressionType.ZSTD && magic < 2) continue;
        golden.addAll(magic, codec);
      }
    }
    golden.addStates();
    System.out.println("{\n" + String.join(",\n", golden.entries) + "\n}");
  }

  private void addAll(byte magic, CompressionType codec) {
    String name = "v" + magic + " " + codec.name;
    Consumer<MemoryRecordsBuilder> few = builder -> few(builder, magic == 2);
    TimestampType created = TimestampType.CREATE_TIME;
    add(name, build(magic, codec, created, 0, few));
    if (magic > 0) add(name + " LogAppendTime", build(magic, codec, TimestampType.LOG_APPEND_TIME, 0, few));
    add(name + " from 1000", build(magic, codec, created, 1000, GoldenRecords::gaps));
    if (codec != CompressionType.NONE) add(name + " many", build(magic, codec, created, 0, GoldenRecords::many));
  }

  /** What only v2 batches have: producers, transactions, their ends, and a time for tombstones to go. */
  private void addStates() {
    Consumer<MemoryRecordsBuilder> few = builder -> few(builder, true);
    add("v2 idempotent", build(7, 3, 2147483646, false, false, -1, -1, few));
    add("v2 transactional", build(9007199254740991L, 32767, 5, true, false, 12, -1, few));
    add("v2 delete horizon", build(-1, -1, -1, false, false, 4, TIME + 500, few));
    for (ControlRecordType type : List.of(ControlRecordType.COMMIT, ControlRecordType.ABORT)) {
      add("v2 " + type.name().toLowerCase(), build(7, 3, -1, true, true, 1, -1,
          builder -> builder.appendEndTxnMarker(TIME, new EndTransactionMarker(type, 11))));
    }
  }

  private void add(String name, byte[] bytes) {
    entries.add("  \"" + name + "\": \"" + Base64.getEncoder().encodeToString(bytes) + "\"");
  }

  private static byte[] build(byte magic, CompressionType codec, TimestampType type, long baseOffset,
      Consumer<MemoryRecordsBuilder> content) {
    long appendTime = type == TimestampType.LOG_APPEND_TIME ? APPEND_TIME : -1;
    return built(content, new MemoryRecordsBuilder(new ByteBufferOutputStream(1 << 20), magic,
        Compression.of(codec).build(), type, baseOffset, appendTime, -1L, (short) -1, -1, false, false, -1, 1 << 20));
  }

  private static byte[] build(long producerId, int epoch, int sequence, boolean transactional, boolean control,
      int leaderEpoch, long deleteHorizon, Consumer<MemoryRecordsBuilder> content) {
    return built(content, new MemoryRecordsBuilder(new ByteBufferOutputStream(1 << 20), (byte) 2, Compression.NONE,
        TimestampType.CREATE_TIME, 0, -1, producerId, (short) epoch, sequence, transactional, control, leaderEpoch,
        1 << 20, deleteHorizon));
  }

  private static byte[] built(Consumer<MemoryRecordsBuilder> content, MemoryRecordsBuilder builder) {
    content.accept(builder);
    ByteBuffer buffer = builder.build().buffer();
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static void few(MemoryRecordsBuilder builder, boolean headers) {
    Header[] three = {header("trace", "abc"), header("", ""), new RecordHeader("né", (byte[]) null)};
    builder.append(TIME, utf8("key-0"), utf8("value-0"), NO_HEADERS);
    builder.append(TIME + 5, (byte[]) null, utf8("naïve ☃"), headers ? three : NO_HEADERS);
    builder.append(TIME - 70_000, utf8("key-2"), null, NO_HEADERS);
    builder.append(TIME + 3_000_000_000L, utf8(""), utf8(""), NO_HEADERS);
    builder.append(-1L, utf8("k".repeat(70)), utf8("ab".repeat(100)), NO_HEADERS);
  }

  private static void gaps(MemoryRecordsBuilder builder) {
    builder.appendWithOffset(1000, 50L, utf8("a"), utf8("1"));
    builder.appendWithOffset(1003, 60L, utf8("b"), utf8("2"));
    builder.appendWithOffset(1200, 55L, utf8("c"), utf8("3"));
  }

  private static void many(MemoryRecordsBuilder builder) {
    for (int i = 0; i < 80; i++) {
      builder.append(TIME + i % 7, utf8("key-" + i % 10), utf8("x".repeat(1000)), NO_HEADERS);
    }
  }

  private static Header header(String key, String value) {
    return new RecordHeader(key, utf8(value));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
