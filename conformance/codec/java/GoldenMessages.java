import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.types.RawTaggedField;

/**
 * Writes what Kafka itself makes of every message in every version: for each, some values, their bytes and their JSON.
 * One case a line: name, version, kind of case, bytes in hex, JSON; tab-separated, in UTF-8, on standard output. At the end, of
 * the kind HEADERS, which versions of the two headers go with each version of an API.
 *
 * The values are made from a fixed seed. They stay within the integers that a double holds exactly, short of the last, which
 * stands for all beyond it.
 */
final class GoldenMessages implements Choices {
  private static final String[] TEXTS = {"", "a", "orders", "größe", "日本語", "\uD83D\uDE00!", "x".repeat(130)};
  private static final long[] LONGS = {0, 1, -1, 127, 128, -2147483649L, 4294967296L, 9007199254740990L, -9007199254740990L};
  private static final int[] INTS = {0, 1, -1, 127, 16384, 2147483647, -2147483648};
  private static final double[] DOUBLES = {0, -1.25, 1e100};

  /** What a case is made of. */
  private enum Kind { DEFAULTS, FULL, NULLS, MIXED }

  private final Random random;
  private final Kind kind;

  private GoldenMessages(Kind kind, String name, int version) {
    this.kind = kind;
    this.random = new Random(31L * name.hashCode() + 7L * version + kind.ordinal());
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    MessageMaker maker = new MessageMaker();
    for (KafkaMessage message : KafkaMessage.all()) {
      for (short version = message.lowest; version <= message.highest; version++) {
        for (Kind kind : Kind.values()) {
          Choices choices = new GoldenMessages(kind, message.name, version);
          Message value = maker.make(message.type, message.schema(version), choices);
          String hex;
          try {
            hex = HexFormat.of().formatHex(KafkaMessage.encode(value, version));
          } catch (NullPointerException unset) {
            // The schemas of 3.9 call every record set nullable, also the one of FetchSnapshotResponse, which is not.
            continue;
          }
          out.println(message.name + "\t" + version + "\t" + kind + "\t" + hex + "\t" + message.json(value, version));
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

  @Override
  public boolean keepsDefault() {
    return kind == Kind.DEFAULTS || kind == Kind.MIXED && random.nextInt(4) == 0;
  }

  @Override
  public boolean isNull() {
    return kind == Kind.NULLS || kind == Kind.MIXED && random.nextBoolean();
  }

  @Override
  public int count() {
    return kind == Kind.NULLS ? 0 : 1 + random.nextInt(2);
  }

  @Override
  public List<RawTaggedField> unknownTags(Set<Integer> known) {
    if (kind != Kind.MIXED || random.nextInt(3) != 0) return List.of();
    return List.of(new RawTaggedField(10000 + random.nextInt(9), new byte[] {1, 2, 3}));
  }

  @Override
  public boolean bool() {
    return random.nextBoolean();
  }

  @Override
  public byte int8() {
    return (byte) INTS[random.nextInt(4)];
  }

  @Override
  public short int16() {
    return (short) INTS[random.nextInt(5)];
  }

  @Override
  public int uint16() {
    return random.nextInt(3) * 32767;
  }

  @Override
  public int int32() {
    return INTS[random.nextInt(INTS.length)];
  }

  @Override
  public long uint32() {
    return random.nextInt(3) * 2147483647L;
  }

  @Override
  public long int64() {
    return LONGS[random.nextInt(LONGS.length)];
  }

  @Override
  public double float64() {
    return DOUBLES[random.nextInt(DOUBLES.length)];
  }

  @Override
  public String text() {
    return TEXTS[random.nextInt(TEXTS.length)];
  }

  @Override
  public Uuid uuid() {
    return new Uuid(int64(), int64());
  }

  @Override
  public byte[] bytes() {
    return text().getBytes(StandardCharsets.UTF_8);
  }
}
