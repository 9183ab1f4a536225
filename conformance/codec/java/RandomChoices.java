import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.types.RawTaggedField;

/**
 * Any values, with a liking for those at which encodings change. Left out is what memkafka does not keep apart: integers that
 * a double does not hold exactly, and what JSON has no number for.
 */
final class RandomChoices implements Choices {
  /** One less than what stands for all that is beyond it. */
  private static final long GREATEST = (1L << 53) - 2;
  /** Where lengths as varints, and integers of two and three bytes, begin; and what stands for none. */
  private static final long[] EDGES = {0, 1, -1, -2, 127, 128, 255, 256, 16383, 16384, 32767, 65535, Integer.MAX_VALUE,
      Integer.MIN_VALUE, 1L << 32, GREATEST, -GREATEST};
  private static final int[] LENGTHS = {63, 64, 126, 127, 128, 129, 255, 300};
  private static final int[] LONG_LENGTHS = {8191, 8192, 16382, 16383, 16384, 32767};

  private final SplittableRandom random;
  private final boolean nulls;

  /** The choice number `index` of a seed; without `nulls`, nothing is null, nor has a default that may be. */
  RandomChoices(long seed, int index, boolean nulls) {
    // Neighbours among seeds and indexes give streams that have nothing in common.
    this.random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + index).split();
    this.nulls = nulls;
  }

  SplittableRandom random() {
    return random;
  }

  boolean oneIn(int many) {
    return random.nextInt(many) == 0;
  }

  @Override
  public boolean keepsDefault() {
    return nulls && oneIn(8);
  }

  @Override
  public boolean isNull() {
    return nulls && oneIn(4);
  }

  @Override
  public int count() {
    return oneIn(100) ? 4 + random.nextInt(4) : random.nextInt(4);
  }

  @Override
  public List<RawTaggedField> unknownTags(Set<Integer> known) {
    if (!oneIn(8)) return List.of();
    TreeSet<Integer> tags = new TreeSet<>();
    // Those below have or will have a meaning in some version or release.
    for (int i = random.nextInt(1, 4); i > 0; i--) tags.add(random.nextInt(20, oneIn(2) ? 200 : 20000));
    tags.removeAll(known);
    List<RawTaggedField> fields = new ArrayList<>();
    for (int tag : tags) fields.add(new RawTaggedField(tag, bytes()));
    return fields;
  }

  @Override
  public boolean bool() {
    return random.nextBoolean();
  }

  @Override
  public byte int8() {
    return (byte) integer(8);
  }

  @Override
  public short int16() {
    return (short) integer(16);
  }

  @Override
  public int uint16() {
    return (int) integer(17) & 0xffff;
  }

  @Override
  public int int32() {
    return (int) integer(32);
  }

  @Override
  public long uint32() {
    return integer(33) & 0xffffffffL;
  }

  @Override
  public long int64() {
    return integer(54);
  }

  /** Of any number of bits up to that, the sign among them. */
  private long integer(int bits) {
    if (oneIn(3)) return EDGES[random.nextInt(EDGES.length)];
    long value = random.nextLong() >> (64 - random.nextInt(2, bits + 1));
    return Math.max(-GREATEST, Math.min(value, GREATEST));
  }

  @Override
  public double float64() {
    double value = oneIn(2) ? Double.longBitsToDouble(random.nextLong()) : random.nextInt(-1000, 1000) / 8.0;
    return Double.isFinite(value) ? value : 0;
  }

  /** Within the 32767 bytes of UTF-8 that a string may have. */
  @Override
  public String text() {
    int length = length();
    boolean ascii = length > 300 || random.nextBoolean();
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) text.appendCodePoint(ascii ? random.nextInt(0x80) : codePoint());
    return text.toString();
  }

  private int codePoint() {
    switch (random.nextInt(4)) {
      case 0: return random.nextInt(0x80);
      case 1: return random.nextInt(0x80, 0x800);
      // Half a surrogate pair is nothing that UTF-8 can write.
      case 2: return oneIn(2) ? random.nextInt(0x800, 0xd800) : random.nextInt(0xe000, 0x10000);
      default: return random.nextInt(0x10000, 0x110000);
    }
  }

  private int length() {
    int kind = random.nextInt(2000);
    if (kind == 0) return LONG_LENGTHS[random.nextInt(LONG_LENGTHS.length)];
    return kind < 60 ? LENGTHS[random.nextInt(LENGTHS.length)] : random.nextInt(13);
  }

  @Override
  public Uuid uuid() {
    return new Uuid(random.nextLong(), random.nextLong());
  }

  @Override
  public byte[] bytes() {
    byte[] bytes = new byte[length()];
    random.nextBytes(bytes);
    return bytes;
  }

  /** UTF-8, which is not random enough for a codec that finds what comes again. */
  byte[] repetitive(int length) {
    byte[] piece = text().getBytes(StandardCharsets.UTF_8);
    byte[] bytes = new byte[length];
    for (int at = 0; at < length && piece.length > 0; at += piece.length) {
      System.arraycopy(piece, 0, bytes, at, Math.min(piece.length, length - at));
      // One byte in each piece is another.
      bytes[at] = (byte) random.nextInt();
    }
    return bytes;
  }
}
