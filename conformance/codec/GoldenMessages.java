import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.jar.JarFile;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;

/**
 * Writes what Kafka itself makes of every message in every version: for each, some values, their bytes and their JSON.
 * One case a line: name, version, kind of case, bytes in hex, JSON; tab-separated, in UTF-8, on standard output. At the end, of
 * the kind HEADERS, which versions of the two headers go with each version of an API.
 *
 * java -cp 'libs/*' GoldenMessages.java kafka-clients-4.4.0.jar kafka-metadata-4.4.0.jar ...
 *
 * The values are made from a fixed seed and the schema that each generated class carries. They stay within the integers that a
 * double holds exactly, short of the last, which stands for all beyond it.
 */
class GoldenMessages {
  private static final String[] TEXTS = {"", "a", "orders", "größe", "日本語", "\uD83D\uDE00!", "x".repeat(130)};
  private static final long[] LONGS = {0, 1, -1, 127, 128, -2147483649L, 4294967296L, 9007199254740990L, -9007199254740990L};
  private static final int[] INTS = {0, 1, -1, 127, 16384, 2147483647, -2147483648};

  /** What a case is made of. */
  private enum Kind { DEFAULTS, FULL, NULLS, MIXED }

  private final Random random;
  private final Kind kind;

  GoldenMessages(Kind kind, String name, int version) {
    this.kind = kind;
    this.random = new Random(31L * name.hashCode() + 7L * version + kind.ordinal());
  }

  public static void main(String[] jars) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (Class<?> type : messages(jars)) {
      ApiMessage empty = (ApiMessage) type.getDeclaredConstructor().newInstance();
      String name = type.getSimpleName().replaceAll("Data$", "");
      // One message has a name that ends so itself.
      if (name.equals("DefaultPrincipal")) name = "DefaultPrincipalData";
      for (short version = empty.lowestSupportedVersion(); version <= empty.highestSupportedVersion(); version++) {
        for (Kind kind : Kind.values()) {
          Message message = new GoldenMessages(kind, name, version).make(type, schema(type, version));
          ObjectSerializationCache cache = new ObjectSerializationCache();
          ByteBuffer bytes;
          try {
            bytes = ByteBuffer.allocate(message.size(cache, version));
          } catch (NullPointerException unset) {
            // The schemas of 3.9 call every record set nullable, also the one of FetchSnapshotResponse, which is not.
            continue;
          }
          message.write(new ByteBufferAccessor(bytes), cache, version);
          if (bytes.hasRemaining()) throw new IllegalStateException(name + " is shorter than its size");
          Class<?> converter = Class.forName(type.getName() + "JsonConverter");
          JsonNode json = (JsonNode) converter.getMethod("write", type, short.class, boolean.class)
              .invoke(null, message, version, false);
          String hex = HexFormat.of().formatHex(bytes.array());
          out.println(name + "\t" + version + "\t" + kind + "\t" + hex + "\t" + json);
        }
      }
    }
    for (ApiMessageType api : ApiMessageType.values()) {
      for (short version = api.lowestSupportedVersion(); version <= api.highestSupportedVersion(true); version++) {
        String headers = "{\"request\":" + api.requestHeaderVersion(version)
            + ",\"response\":" + api.responseHeaderVersion(version) + "}";
        out.println(api.name + "\t" + version + "\tHEADERS\t\t" + headers);
      }
    }
    out.flush();
  }

  private static List<Class<?>> messages(String[] jars) throws Exception {
    TreeSet<String> names = new TreeSet<>();
    for (String jar : jars) {
      try (JarFile file = new JarFile(jar)) {
        file.stream()
            .map(entry -> entry.getName())
            .filter(entry -> entry.matches(".*/(message|metadata|generated)/[A-Za-z]+\\.class"))
            .forEach(entry -> names.add(entry.replace('/', '.').replaceAll("\\.class$", "")));
      }
    }
    List<Class<?>> types = new ArrayList<>();
    for (String name : names) {
      Class<?> type = Class.forName(name, false, GoldenMessages.class.getClassLoader());
      if (ApiMessage.class.isAssignableFrom(type) && !type.isInterface()) types.add(type);
    }
    return types;
  }

  private static Schema schema(Class<?> type, int version) throws Exception {
    return ((Schema[]) type.getField("SCHEMAS").get(null))[version];
  }

  private Message make(Class<?> type, Schema schema) throws Exception {
    Constructor<?> constructor = type.getDeclaredConstructor();
    constructor.setAccessible(true);
    Message message = (Message) constructor.newInstance();
    Map<String, Field> javaFields = new HashMap<>();
    for (Field field : type.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())) continue;
      field.setAccessible(true);
      javaFields.put(plain(field.getName()), field);
    }
    for (BoundField bound : schema.fields()) {
      if (bound.def.type instanceof TaggedFields) {
        for (org.apache.kafka.common.protocol.types.Field field : taggedFields(bound.def.type)) {
          fill(message, javaFields.get(plain(field.name)), field.type, true);
        }
        if (kind == Kind.MIXED && random.nextInt(3) == 0) {
          message.unknownTaggedFields().add(new RawTaggedField(10000 + random.nextInt(9), new byte[] {1, 2, 3}));
        }
      } else {
        fill(message, javaFields.get(plain(bound.def.name)), bound.def.type, false);
      }
    }
    return message;
  }

  @SuppressWarnings("unchecked")
  private static Collection<org.apache.kafka.common.protocol.types.Field> taggedFields(Object type) throws Exception {
    Field fields = TaggedFields.class.getDeclaredField("fields");
    fields.setAccessible(true);
    return ((Map<Integer, org.apache.kafka.common.protocol.types.Field>) fields.get(type)).values();
  }

  /** Schemas have snake_case names, classes have camelCase ones. */
  private static String plain(String name) {
    return name.replace("_", "").toLowerCase();
  }

  private void fill(Message message, Field field, org.apache.kafka.common.protocol.types.Type type, boolean tagged)
      throws Exception {
    boolean noDefault = field.get(message) == null && !type.isNullable() && !tagged;
    if (kind == Kind.DEFAULTS && !noDefault) return;
    if (kind == Kind.MIXED && random.nextInt(4) == 0 && !noDefault) return;
    if (type.isNullable() && (kind == Kind.NULLS || kind == Kind.MIXED && random.nextBoolean())) {
      field.set(message, null);
      return;
    }
    field.set(message, value(field.getGenericType(), type));
  }

  private Object value(Type javaType, org.apache.kafka.common.protocol.types.Type type) throws Exception {
    Class<?> raw = (Class<?>) (javaType instanceof ParameterizedType p ? p.getRawType() : javaType);
    if (raw == boolean.class || raw == Boolean.class) return random.nextBoolean();
    if (raw == byte.class || raw == Byte.class) return (byte) INTS[random.nextInt(4)];
    if (raw == short.class || raw == Short.class) return (short) INTS[random.nextInt(5)];
    if (raw == int.class || raw == Integer.class) {
      return type == org.apache.kafka.common.protocol.types.Type.UINT16
          ? random.nextInt(3) * 32767
          : INTS[random.nextInt(INTS.length)];
    }
    if (raw == long.class || raw == Long.class) {
      return type == org.apache.kafka.common.protocol.types.Type.UNSIGNED_INT32
          ? random.nextInt(3) * 2147483647L
          : LONGS[random.nextInt(LONGS.length)];
    }
    if (raw == double.class || raw == Double.class) return new double[] {0, -1.25, 1e100}[random.nextInt(3)];
    if (raw == String.class) return TEXTS[random.nextInt(TEXTS.length)];
    if (raw == Uuid.class) return new Uuid(LONGS[random.nextInt(LONGS.length)], LONGS[random.nextInt(LONGS.length)]);
    if (raw == byte[].class) return bytes();
    if (raw == ByteBuffer.class) return ByteBuffer.wrap(bytes());
    if (raw.getSimpleName().equals("BaseRecords")) return records();
    if (Collection.class.isAssignableFrom(raw)) return collection(javaType, raw, type);
    return make(raw, (Schema) type);
  }

  private byte[] bytes() {
    return TEXTS[random.nextInt(TEXTS.length)].getBytes(StandardCharsets.UTF_8);
  }

  /** The class of record sets moved between releases: an unchecked one over any bytes is had by reflection. */
  private Object records() throws Exception {
    Class<?> type;
    try {
      type = Class.forName("org.apache.kafka.common.record.internal.MemoryRecords");
    } catch (ClassNotFoundException moved) {
      type = Class.forName("org.apache.kafka.common.record.MemoryRecords");
    }
    return type.getMethod("readableRecords", ByteBuffer.class).invoke(null, ByteBuffer.wrap(bytes()));
  }

  @SuppressWarnings("unchecked")
  private Object collection(Type javaType, Class<?> raw, org.apache.kafka.common.protocol.types.Type type)
      throws Exception {
    Type element;
    Collection<Object> values;
    if (raw == List.class) {
      element = ((ParameterizedType) javaType).getActualTypeArguments()[0];
      values = new ArrayList<>();
    } else {
      element = ((ParameterizedType) raw.getGenericSuperclass()).getActualTypeArguments()[0];
      values = (Collection<Object>) raw.getDeclaredConstructor().newInstance();
    }
    org.apache.kafka.common.protocol.types.Type elementType = type.arrayElementType().get();
    int count = kind == Kind.NULLS ? 0 : 1 + random.nextInt(2);
    for (int index = 0; index < count; index++) values.add(value(element, elementType));
    return values;
  }
}
