import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.CompressionType;

/**
 * Kafka's own reading and writing of messages and records, for whoever asks through standard input, until that ends. What is
 * asked and what is answered is told in kafka.ts.
 */
final class Codec {
  private static final byte READ_MESSAGES = 1;
  private static final byte MAKE_MESSAGES = 2;
  private static final byte READ_RECORDS = 3;
  private static final byte MAKE_RECORDS = 4;

  private interface Entry {
    byte[] bytes() throws Exception;
  }

  private interface Text {
    String text() throws Exception;
  }

  private final List<KafkaMessage> messages = KafkaMessage.all();
  private final MessageMaker maker = new MessageMaker();
  private final ByteArrayOutputStream answer = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(answer);

  private Codec() throws ReflectiveOperationException, IOException {}

  public static void main(String[] arguments) throws Exception {
    DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 16));
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 16));
    Codec codec = new Codec();
    byte[] answer = codec.contents().getBytes(StandardCharsets.UTF_8);
    try {
      while (true) {
        out.writeInt(answer.length);
        out.write(answer);
        out.flush();
        byte[] question = new byte[in.readInt()];
        in.readFully(question);
        answer = codec.answer(ByteBuffer.wrap(question));
      }
    } catch (IOException gone) {
      // Nobody asks any more: the pipes are closed.
      return;
    }
  }

  /** Which messages there are, in the order by which they are asked for, and the headers of each version of each API; as JSON. */
  private String contents() {
    List<String> described = new ArrayList<>();
    for (KafkaMessage message : messages) {
      described.add(String.format("{\"name\":\"%s\",\"lowest\":%d,\"highest\":%d,\"apiKey\":%d,\"framing\":\"%s\"}",
          message.name, message.lowest, message.highest, message.apiKey, message.framing));
    }
    List<String> headers = new ArrayList<>();
    for (ApiMessageType api : ApiMessageType.values()) {
      for (short version = api.lowestSupportedVersion(); version <= api.highestSupportedVersion(true); version++) {
        headers.add(String.format("{\"api\":\"%s\",\"key\":%d,\"version\":%d,\"request\":%d,\"response\":%d}",
            api.name, api.apiKey(), version, api.requestHeaderVersion(version), api.responseHeaderVersion(version)));
      }
    }
    return "{\"messages\":[" + String.join(",", described) + "],\"headers\":[" + String.join(",", headers) + "]}";
  }

  private byte[] answer(ByteBuffer question) throws IOException {
    answer.reset();
    switch (question.get()) {
      case READ_MESSAGES: readMessages(question); break;
      case MAKE_MESSAGES: makeMessages(question); break;
      case READ_RECORDS: readRecords(question); break;
      case MAKE_RECORDS: makeRecords(question); break;
      default: throw new IllegalArgumentException("a question of no known kind");
    }
    return answer.toByteArray();
  }

  private void readMessages(ByteBuffer question) throws IOException {
    KafkaMessage message = messages.get(question.getShort());
    short version = question.getShort();
    int count = question.getInt();
    for (int i = 0; i < count; i++) {
      ByteBuffer bytes = slice(question);
      ApiMessage[] value = new ApiMessage[1];
      entry(() -> message.encodeFramed(value[0] = message.decodeFramed(bytes, version), version),
          () -> message.json(value[0], version).toString());
    }
  }

  private void makeMessages(ByteBuffer question) throws IOException {
    KafkaMessage message = messages.get(question.getShort());
    short version = question.getShort();
    long seed = question.getLong() + 31L * message.name.hashCode() + version;
    int count = question.getInt();
    for (int i = 0; i < count; i++) {
      int index = i;
      ApiMessage[] value = new ApiMessage[1];
      entry(() -> {
        try {
          return message.encodeFramed(value[0] = make(message, version, new RandomChoices(seed, index, true)), version);
        } catch (NullPointerException unset) {
          // The schemas of 3.9 call every record set nullable, also the one of FetchSnapshotResponse, which is not.
          return message.encodeFramed(value[0] = make(message, version, new RandomChoices(seed, index, false)), version);
        }
      }, () -> message.json(value[0], version).toString());
    }
  }

  private ApiMessage make(KafkaMessage message, short version, Choices choices) throws ReflectiveOperationException {
    return (ApiMessage) maker.make(message.type, message.schema(version), choices);
  }

  private void readRecords(ByteBuffer question) throws IOException {
    int count = question.getInt();
    for (int i = 0; i < count; i++) {
      ByteBuffer bytes = slice(question);
      entry(() -> new byte[0], () -> RecordsText.of(bytes));
    }
  }

  private void makeRecords(ByteBuffer question) throws IOException {
    byte magic = question.get();
    CompressionType codec = CompressionType.forId(question.get());
    long seed = question.getLong() + 31L * magic + codec.id;
    int count = question.getInt();
    for (int i = 0; i < count; i++) {
      int index = i;
      byte[][] made = new byte[1][];
      entry(() -> made[0] = new RandomRecords(new RandomChoices(seed, index, true), maker).make(magic, codec),
          () -> RecordsText.of(ByteBuffer.wrap(made[0])));
    }
  }

  /** One entry of an answer: 0, bytes and text; or 1, no bytes and what went wrong. */
  private void entry(Entry entry, Text text) throws IOException {
    byte[] bytes = {};
    byte[] said;
    boolean failed = false;
    try {
      bytes = entry.bytes();
      said = text.text().getBytes(StandardCharsets.UTF_8);
    } catch (Exception | StackOverflowError error) {
      failed = true;
      said = String.valueOf(error.getCause() == null ? error : error.getCause()).getBytes(StandardCharsets.UTF_8);
    }
    out.writeByte(failed ? 1 : 0);
    out.writeInt(bytes.length);
    out.write(bytes);
    out.writeInt(said.length);
    out.write(said);
  }

  private static ByteBuffer slice(ByteBuffer from) {
    int length = from.getInt();
    ByteBuffer bytes = from.slice(from.position(), length);
    from.position(from.position() + length);
    return bytes;
  }
}
