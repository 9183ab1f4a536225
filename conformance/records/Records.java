import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;

/**
 * Apache Kafka's own reading and writing of record batches and message sets, to hold memkafka's against.
 *
 * write: prints batches of every magic and codec, one JSON object of name and base64.
 * read:  takes lines of name, base64 and what should come out, tab between them, and says which Kafka reads otherwise.
 */
public class Records {
    static final long LOG_APPEND_TIME = 1_700_000_123_456L;

    interface Content {
        void append(MemoryRecordsBuilder builder, boolean headers);
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("write"))
            write();
        else
            System.exit(read());
    }

    static void write() {
        List<String> entries = new ArrayList<>();
        for (byte magic = 0; magic <= 2; magic++) {
            for (CompressionType codec : CompressionType.values()) {
                if (codec == CompressionType.ZSTD && magic < 2)
                    continue;
                String name = "v" + magic + " " + codec.name;
                entries.add(entry(name, build(magic, codec, TimestampType.CREATE_TIME, 0, Records::few)));
                if (magic > 0)
                    entries.add(entry(name + " LogAppendTime", build(magic, codec, TimestampType.LOG_APPEND_TIME, 0, Records::few)));
                entries.add(entry(name + " from 1000", build(magic, codec, TimestampType.CREATE_TIME, 1000, Records::gaps)));
                if (codec != CompressionType.NONE)
                    entries.add(entry(name + " many", build(magic, codec, TimestampType.CREATE_TIME, 0, Records::many)));
            }
        }
        entries.add(entry("v2 idempotent", state(7, 3, 2147483646, false, false, -1, -1, Records::few)));
        entries.add(entry("v2 transactional", state(9007199254740991L, 32767, 5, true, false, 12, -1, Records::few)));
        entries.add(entry("v2 delete horizon", state(-1, -1, -1, false, false, 4, 1_700_000_000_500L, Records::few)));
        entries.add(entry("v2 commit", state(7, 3, -1, true, true, 1, -1, (builder, headers) ->
            builder.appendEndTxnMarker(1_700_000_000_000L, new EndTransactionMarker(ControlRecordType.COMMIT, 11)))));
        entries.add(entry("v2 abort", state(7, 3, -1, true, true, 1, -1, (builder, headers) ->
            builder.appendEndTxnMarker(1_700_000_000_000L, new EndTransactionMarker(ControlRecordType.ABORT, 11)))));
        System.out.println("{\n" + String.join(",\n", entries) + "\n}");
    }

    static byte[] build(byte magic, CompressionType codec, TimestampType type, long baseOffset, Content content) {
        long appendTime = type == TimestampType.LOG_APPEND_TIME ? LOG_APPEND_TIME : -1;
        MemoryRecordsBuilder builder = new MemoryRecordsBuilder(new ByteBufferOutputStream(1 << 20), magic,
            Compression.of(codec).build(), type, baseOffset, appendTime, -1L, (short) -1, -1, false, false, -1, 1 << 20);
        content.append(builder, magic == 2);
        return bytes(builder.build());
    }

    static byte[] state(long producerId, int epoch, int sequence, boolean transactional, boolean control, int leaderEpoch,
                        long deleteHorizon, Content content) {
        MemoryRecordsBuilder builder = new MemoryRecordsBuilder(new ByteBufferOutputStream(1 << 20), (byte) 2,
            Compression.NONE, TimestampType.CREATE_TIME, 0, -1, producerId, (short) epoch, sequence, transactional,
            control, leaderEpoch, 1 << 20, deleteHorizon);
        content.append(builder, true);
        return bytes(builder.build());
    }

    static void few(MemoryRecordsBuilder builder, boolean headers) {
        Header[] none = new Header[0];
        Header[] three = {header("trace", "abc"), header("", ""), new RecordHeader("né", (byte[]) null)};
        long time = 1_700_000_000_000L;
        builder.append(time, utf8("key-0"), utf8("value-0"), none);
        builder.append(time + 5, (byte[]) null, utf8("naïve ☃"), headers ? three : none);
        builder.append(time - 70_000, utf8("key-2"), null, none);
        builder.append(time + 3_000_000_000L, utf8(""), utf8(""), none);
        builder.append(-1L, utf8("k".repeat(70)), utf8("ab".repeat(100)), none);
    }

    static void gaps(MemoryRecordsBuilder builder, boolean headers) {
        builder.appendWithOffset(1000, 50L, utf8("a"), utf8("1"));
        builder.appendWithOffset(1003, 60L, utf8("b"), utf8("2"));
        builder.appendWithOffset(1200, 55L, utf8("c"), utf8("3"));
    }

    static void many(MemoryRecordsBuilder builder, boolean headers) {
        for (int i = 0; i < 80; i++)
            builder.append(1_700_000_000_000L + i % 7, utf8("key-" + i % 10), utf8("x".repeat(1000)), new Header[0]);
    }

    static Header header(String key, String value) {
        return new RecordHeader(key, utf8(value));
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] bytes(MemoryRecords records) {
        ByteBuffer buffer = records.buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    static String entry(String name, byte[] bytes) {
        return "  \"" + name + "\": \"" + Base64.getEncoder().encodeToString(bytes) + "\"";
    }

    static int read() throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        int wrong = 0;
        int read = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t", -1);
            String found;
            try {
                found = describe(MemoryRecords.readableRecords(ByteBuffer.wrap(Base64.getDecoder().decode(parts[1]))));
            } catch (RuntimeException e) {
                found = e.toString();
            }
            read++;
            if (!found.equals(parts[2])) {
                wrong++;
                System.out.println("OTHERWISE " + parts[0] + "\n  expected " + parts[2] + "\n  found    " + found);
            }
        }
        System.out.println(read + " read, " + wrong + " otherwise");
        return wrong == 0 && read > 0 ? 0 : 1;
    }

    static String describe(MemoryRecords records) {
        StringBuilder text = new StringBuilder();
        for (MutableRecordBatch batch : records.batches()) {
            batch.ensureValid();
            text.append("[v").append(batch.magic()).append(' ').append(batch.compressionType().name).append(' ')
                .append(batch.lastOffset()).append(' ').append(batch.maxTimestamp()).append(' ')
                .append(batch.producerId()).append(' ').append(batch.producerEpoch()).append(' ')
                .append(batch.baseSequence()).append(' ').append(batch.isTransactional()).append(' ')
                .append(batch.isControlBatch()).append(' ').append(batch.partitionLeaderEpoch()).append(']');
            for (Record record : batch) {
                record.ensureValid();
                text.append('(').append(record.offset()).append(' ').append(record.timestamp()).append(' ')
                    .append(hex(record.key())).append(' ').append(hex(record.value()));
                for (Header header : record.headers())
                    text.append(' ').append(hex(ByteBuffer.wrap(utf8(header.key())))).append('=')
                        .append(header.value() == null ? "null" : hex(ByteBuffer.wrap(header.value())));
                text.append(')');
            }
        }
        return text.toString();
    }

    static String hex(ByteBuffer buffer) {
        if (buffer == null)
            return "null";
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return "x" + HexFormat.of().formatHex(bytes);
    }
}
