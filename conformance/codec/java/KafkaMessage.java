import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.jar.JarFile;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/** One of the message classes that Kafka generates: a request, a response, a header, the key or the value of a log's record. */
final class KafkaMessage {
  /** What stands before a message where it is kept in a log. */
  enum Framing {
    /** Nothing: it travels in a frame of the protocol, or in a control record. */
    PLAIN,
    /** The type of a coordinator's record; until 4.0 the version of its key, which meant the same. */
    KEY,
    /** Its version. */
    VALUE,
    /** What the metadata log's own serde writes. */
    METADATA
  }

  private static final String JARS = "kafka-(clients|metadata|(group|transaction|share)-coordinator)-\\d.*\\.jar";

  final String name;
  final Class<? extends ApiMessage> type;
  final short lowest;
  final short highest;
  /** Of an API, or the type of a record; -1 for what has neither. */
  final short apiKey;
  final Framing framing;
  private final Constructor<? extends ApiMessage> constructor;
  private final Schema[] schemas;
  private final Method jsonWriter;

  private KafkaMessage(Class<? extends ApiMessage> type) throws ReflectiveOperationException {
    this.type = type;
    constructor = type.getDeclaredConstructor();
    ApiMessage empty = constructor.newInstance();
    lowest = empty.lowestSupportedVersion();
    highest = empty.highestSupportedVersion();
    apiKey = empty.apiKey();
    // One message has a name that ends so itself.
    String plain = type.getSimpleName().replaceAll("Data$", "");
    name = plain.equals("DefaultPrincipal") ? "DefaultPrincipalData" : plain;
    framing = framing(type.getPackageName(), name);
    schemas = (Schema[]) type.getField("SCHEMAS").get(null);
    jsonWriter = Class.forName(type.getName() + "JsonConverter").getMethod("write", type, short.class, boolean.class);
  }

  private static Framing framing(String packageName, String name) {
    if (packageName.endsWith(".metadata")) return Framing.METADATA;
    if (packageName.endsWith(".generated")) return name.endsWith("Key") ? Framing.KEY : Framing.VALUE;
    return name.matches("ConsumerProtocol.*|EndTxnMarker") ? Framing.VALUE : Framing.PLAIN;
  }

  /** Every message in those of Kafka's jars on the class path that have any, by name. */
  static List<KafkaMessage> all() throws ReflectiveOperationException, IOException {
    TreeSet<String> classes = new TreeSet<>();
    for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (!new File(path).getName().matches(JARS)) continue;
      try (JarFile jar = new JarFile(path)) {
        jar.stream()
            .map(entry -> entry.getName())
            .filter(entry -> entry.matches(".*/(message|metadata|generated)/[A-Za-z]+\\.class"))
            .forEach(entry -> classes.add(entry.replace('/', '.').replaceAll("\\.class$", "")));
      }
    }
    List<KafkaMessage> messages = new ArrayList<>();
    for (String name : classes) {
      Class<?> type = Class.forName(name, false, KafkaMessage.class.getClassLoader());
      if (ApiMessage.class.isAssignableFrom(type) && !type.isInterface()) {
        messages.add(new KafkaMessage(type.asSubclass(ApiMessage.class)));
      }
    }
    return messages;
  }

  Schema schema(int version) {
    return schemas[version];
  }

  /** The bytes of the message alone. */
  static byte[] encode(Message message, short version) {
    ObjectSerializationCache cache = new ObjectSerializationCache();
    return encode(message, version, cache, ByteBuffer.allocate(message.size(cache, version)));
  }

  /** Its bytes as they stand in a log, if that is where it stands. */
  byte[] encodeFramed(ApiMessage message, short version) {
    ObjectSerializationCache cache = new ObjectSerializationCache();
    switch (framing) {
      case METADATA: {
        ApiMessageAndVersion versioned = new ApiMessageAndVersion(message, version);
        ByteBuffer bytes = ByteBuffer.allocate(MetadataRecordSerde.INSTANCE.recordSize(versioned, cache));
        MetadataRecordSerde.INSTANCE.write(versioned, cache, new ByteBufferAccessor(bytes));
        return bytes.array();
      }
      case KEY:
      case VALUE: {
        ByteBuffer bytes = ByteBuffer.allocate(2 + message.size(cache, version)).putShort(prefix(version));
        return encode(message, version, cache, bytes);
      }
      default:
        return encode(message, version);
    }
  }

  private static byte[] encode(Message message, short version, ObjectSerializationCache cache, ByteBuffer bytes) {
    message.write(new ByteBufferAccessor(bytes), cache, version);
    if (bytes.hasRemaining()) throw new IllegalStateException("the message is shorter than its size");
    return bytes.array();
  }

  private short prefix(short version) {
    return framing == Framing.KEY && apiKey >= 0 ? apiKey : version;
  }

  /** Reads what {@link #encodeFramed} writes; all of it must be used up. */
  ApiMessage decodeFramed(ByteBuffer bytes, short version) throws ReflectiveOperationException {
    ApiMessage message;
    if (framing == Framing.METADATA) {
      ApiMessageAndVersion read = MetadataRecordSerde.INSTANCE.read(new ByteBufferAccessor(bytes), bytes.remaining());
      if (read.version() != version) throw new IllegalStateException("it is of version " + read.version());
      message = type.cast(read.message());
    } else {
      if (framing != Framing.PLAIN) {
        short prefix = bytes.getShort();
        if (prefix != prefix(version)) throw new IllegalStateException("the prefix is " + prefix);
      }
      message = constructor.newInstance();
      message.read(new ByteBufferAccessor(bytes), version);
    }
    if (bytes.hasRemaining()) throw new IllegalStateException(bytes.remaining() + " bytes are left over");
    return message;
  }

  /** Kafka's JSON of it, which tells of record sets only how long they are. */
  JsonNode json(Message message, short version) throws ReflectiveOperationException {
    return (JsonNode) jsonWriter.invoke(null, message, version, false);
  }
}
