import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Prints what a broker of one Kafka release answers to ApiVersions, by calling that release's own code. Tab-separated:
 *
 *   api       key  name  min  max  served     served: the lowest version that is not refused (see Produce in 4.0)
 *   feature   name  min  max  finalized       KRaft alone
 *   metadata  name                            the newest metadata.version; KRaft alone
 *
 * Run by generate-releases.ts with the release's kafka-clients (and for KRaft kafka-server-common) on the class path,
 * and "kraft" or "zookeeper" as its argument. All by reflection: no two releases agree on where these things are.
 */
class ReleaseFacts {
  static final String KEYS = "org.apache.kafka.common.protocol.ApiKeys";
  static final String LISTENER = "org.apache.kafka.common.message.ApiMessageType$ListenerType";
  static final String RESPONSE = "org.apache.kafka.common.requests.ApiVersionsResponse";
  static final String SERVER = "org.apache.kafka.server.common.";

  public static void main(String[] args) throws Exception {
    boolean kraft = args[0].equals("kraft");
    if (!exists(RESPONSE)) printSchemas();
    else if (kraft) printRanges(kraftBroker());
    else if (exists(LISTENER)) printRanges(call("filterApis", listener("ZK_BROKER")));
    else printRanges(olderBroker());
    if (kraft) printFeatures();
  }

  /** Before KIP-35 (0.10.0) no broker says what it serves; the table of request layouts does. */
  static void printSchemas() throws Exception {
    Class<?> protocol = Class.forName("org.apache.kafka.common.protocol.Protocol");
    Object[][] requests = (Object[][]) protocol.getField("REQUESTS").get(null);
    List<?> keys = List.of(Class.forName(KEYS).getEnumConstants());
    // 0.8.2 has layouts for JoinGroup and Heartbeat, but its KafkaApis answers neither: groups came with SyncGroup.
    boolean groups = keys.stream().anyMatch((key) -> key.toString().equals("SYNC_GROUP"));
    for (Object key : keys) {
      if (!groups && List.of("JOIN_GROUP", "HEARTBEAT").contains(key.toString())) continue;
      Object[] versions = requests[number(get(key, "id"))];
      int min = 0;
      while (min < versions.length && versions[min] == null) min++;
      if (min < versions.length) print("api", get(key, "id"), apiName(key), min, versions.length - 1, min);
    }
  }

  /** 0.10.0 to 2.7: one answer on every listener. */
  static Object olderBroker() throws Exception {
    Object response = olderResponse(Class.forName(RESPONSE));
    return has(response.getClass(), "data") ? get(get(response, "data"), "apiKeys") : get(response, "apiVersions");
  }

  static Object olderResponse(Class<?> type) throws Exception {
    for (Method method : type.getMethods())
      if (method.getName().equals("createApiVersionsResponse") && method.getParameterCount() == 2)
        return method.invoke(null, 0, (byte) 2);
    if (has(type, "API_VERSIONS_RESPONSE")) return type.getField("API_VERSIONS_RESPONSE").get(null);
    return type.getMethod("apiVersionsResponse").invoke(null);
  }

  /** What brokers forward (KIP-590) they show only as far as their controller has it too. */
  static Object kraftBroker() throws Exception {
    Object listener = listener("CONTROLLER");
    Object keys = Class.forName(KEYS).getMethod("apisForListener", listener.getClass()).invoke(null, listener);
    Map<Object, Object> controller = new HashMap<>();
    for (Object range : (Iterable<?>) call("collectApis", listener, keys)) controller.put(apiKey(range), range);
    return call("intersectForwardableApis", listener("BROKER"), controller);
  }

  static void printRanges(Object ranges) throws Exception {
    for (Object range : (Iterable<?>) ranges) {
      Object key = apiKey(range);
      int min = number(get(range, "minVersion"));
      int served = has(key.getClass(), "oldestVersion") ? Math.max(min, number(get(key, "oldestVersion"))) : min;
      print("api", get(range, "apiKey"), apiName(key), min, get(range, "maxVersion"), served);
    }
  }

  /** What BrokerFeatures supports, and what formatting a new cluster's storage finalizes. */
  static void printFeatures() throws Exception {
    Class<?> type = Class.forName(SERVER + "MetadataVersion");
    Object newest = type.getMethod(has(type, "latestProduction") ? "latestProduction" : "latest").invoke(null);
    String minimum = has(type, "MINIMUM_KRAFT_VERSION") ? "MINIMUM_KRAFT_VERSION" : "MINIMUM_VERSION";
    Object level = get(newest, "featureLevel");
    print("metadata", get(newest, "version"));
    print("feature", "metadata.version", get(type.getField(minimum).get(null), "featureLevel"), level, level);

    // Before 3.8 there is no other feature, and Features, where there is one, is another thing altogether.
    String name = SERVER + (exists(SERVER + "Feature") ? "Feature" : "Features");
    if (!exists(name) || !Class.forName(name).isEnum()) return;
    Class<?> features = Class.forName(name);
    Method defaultLevel = features.getMethod(has(features, "defaultLevel") ? "defaultLevel" : "defaultValue", type);
    for (Object feature : (Collection<?>) features.getField("PRODUCTION_FEATURES").get(null)) {
      Object max = get(feature, "latestProduction");
      if (number(max) == 0) continue;
      Object finalized = defaultLevel.invoke(feature, newest);
      print("feature", get(feature, "featureName"), get(feature, "minimumProduction"), max, finalized);
    }
  }

  static void print(Object... columns) {
    System.out.println(String.join("\t", Arrays.stream(columns).map(String::valueOf).toList()));
  }

  /** Calls a static method of ApiVersionsResponse: the newest record version, and no to each option, if not given. */
  static Object call(String name, Object... given) throws Exception {
    for (Method method : Class.forName(RESPONSE).getMethods()) {
      if (!method.getName().equals(name)) continue;
      Stream<Class<?>> parameters = Arrays.stream(method.getParameterTypes());
      return method.invoke(null, parameters.map((type) -> argument(type, given)).toArray());
    }
    throw new NoSuchMethodException(name);
  }

  static Object argument(Class<?> type, Object[] given) {
    for (Object each : given) if (type.isInstance(each)) return each;
    if (type == boolean.class) return false;
    Object[] constants = type.getEnumConstants();
    if (type.getSimpleName().equals("RecordVersion")) return constants[constants.length - 1];
    throw new IllegalArgumentException("no argument for a " + type);
  }

  static Object listener(String name) throws Exception {
    for (Object listener : Class.forName(LISTENER).getEnumConstants())
      if (listener.toString().equals(name)) return listener;
    throw new IllegalArgumentException("no listener " + name);
  }

  static Object apiKey(Object range) throws Exception {
    return Class.forName(KEYS).getMethod("forId", int.class).invoke(null, number(get(range, "apiKey")));
  }

  /** A field: the method of that name is the one that every Java enum has. */
  static Object apiName(Object key) throws Exception {
    return key.getClass().getField("name").get(key);
  }

  /** What a getter, or where there is none a field, of this name says. */
  static Object get(Object from, String name) throws Exception {
    for (Method method : from.getClass().getMethods())
      if (method.getName().equals(name) && method.getParameterCount() == 0) return method.invoke(from);
    return from.getClass().getField(name).get(from);
  }

  static boolean has(Class<?> type, String name) {
    return Stream.<Member>concat(Arrays.stream(type.getMethods()), Arrays.stream(type.getFields()))
      .anyMatch((member) -> member.getName().equals(name));
  }

  static boolean exists(String name) {
    try {
      Class.forName(name);
      return true;
    } catch (ClassNotFoundException absent) {
      return false;
    }
  }

  static int number(Object value) {
    return ((Number) value).intValue();
  }
}
