import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Prints of a release what its brokers are to show in ApiVersions, a line for each API: key, name, first and last version, tab-separated.
 * It goes by ApiKeys and what each key says of itself. The rules by which brokers leave some out are told here anew; that
 * the answer they make is the same is what the releases of running brokers are for.
 *
 * With the release's kafka-clients on the class path, and `zookeeper` or `kraft` as its argument. By reflection: what a key
 * says of itself is not the same in two releases.
 */
class Advertised {
  static final String PROTOCOL = "org.apache.kafka.common.protocol.";
  static final String LISTENER = "org.apache.kafka.common.message.ApiMessageType$ListenerType";

  /** For who has not configured a receiver of clients' metrics there are none of these (KIP-714). */
  static final Set<String> TELEMETRY = Set.of("GetTelemetrySubscriptions", "PushTelemetry");

  public static void main(String[] args) throws Exception {
    boolean kraft = args[0].equals("kraft");
    List<?> keys = List.of(Class.forName(PROTOCOL + "ApiKeys").getEnumConstants());
    for (Object key : keys.stream().sorted(Comparator.comparing(Advertised::id)).toList()) {
      String name = (String) key.getClass().getField("name").get(key);
      int min = oldest(key);
      int max = newest(key);
      if (max < min || !shown(key, name, kraft)) continue;
      // KAFKA-18659: older librdkafka takes brokers that do not show the first versions of Produce for brokers without codecs.
      boolean showsMore = name.equals("Produce") && has(key.getClass(), "PRODUCE_API_VERSIONS_RESPONSE_MIN_VERSION");
      System.out.println(String.join("\t", "" + id(key), name, "" + (showsMore ? 0 : min), "" + max));
    }
  }

  static boolean shown(Object key, String name, boolean kraft) throws Exception {
    // 2.7 had keys for KRaft that it did not serve; 2.8 said instead who listens for what.
    if (has(key.getClass(), "isEnabled")) return key.getClass().getField("isEnabled").getBoolean(key);
    if (!has(key.getClass(), "messageType")) return true;
    if (!kraft) return listens(key, "ZK_BROKER");
    // KIP-590: what a broker forwards it shows where its controller has it as well.
    boolean forwarded = key.getClass().getField("forwardable").getBoolean(key);
    return listens(key, "BROKER") && (!forwarded || listens(key, "CONTROLLER")) && !TELEMETRY.contains(name);
  }

  static boolean listens(Object key, String who) throws Exception {
    Class<?> type = Class.forName(LISTENER);
    for (Object listener : type.getEnumConstants())
      if (listener.toString().equals(who)) return (boolean) key.getClass().getMethod("inScope", type).invoke(key, listener);
    throw new IllegalArgumentException("nobody listens as " + who);
  }

  /** Since 0.11.0 a key knows its versions; from 3.5 on the newest may not count as stable yet. */
  static int newest(Object key) throws Exception {
    for (Method method : key.getClass().getMethods()) {
      if (!method.getName().equals("latestVersion")) continue;
      if (method.getParameterCount() == 1) return number(method.invoke(key, false));
    }
    if (hasMethod(key, "latestVersion")) return number(key.getClass().getMethod("latestVersion").invoke(key));
    return layouts(key).length - 1;
  }

  static int oldest(Object key) throws Exception {
    if (hasMethod(key, "oldestVersion")) return number(key.getClass().getMethod("oldestVersion").invoke(key));
    Object[] layouts = layouts(key);
    int version = 0;
    while (version < layouts.length && layouts[version] == null) version++;
    return version;
  }

  /** Before 0.11.0 there was a table of the layouts of requests, with nothing in it for versions that are gone. */
  static Object[] layouts(Object key) throws Exception {
    return ((Object[][]) Class.forName(PROTOCOL + "Protocol").getField("REQUESTS").get(null))[id(key)];
  }

  static short id(Object key) {
    try {
      return key.getClass().getField("id").getShort(key);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static int number(Object value) {
    return ((Number) value).intValue();
  }

  static boolean hasMethod(Object key, String name) {
    return Stream.of(key.getClass().getMethods()).map(Method::getName).anyMatch(name::equals);
  }

  static boolean has(Class<?> type, String name) {
    return Stream.of(type.getFields()).map(Field::getName).anyMatch(name::equals);
  }
}
