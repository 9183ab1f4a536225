import java.lang.reflect.Field;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.server.config.ConfigSynonym;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.apache.kafka.server.metrics.ClientMetricsConfigs;
import org.apache.kafka.storage.internals.log.LogConfig;

/**
 * Prints Kafka's configs, one a line, tab-separated: kind, name, type, default, rule, whether it is internal. A default
 * is "-" for none, "null", or "=" and its text. Then the topic configs' broker synonyms, each with its unit, those of the
 * group configs, and how a broker config can change while the broker runs. Run by generate-configs.ts with a broker's
 * jars on the class path.
 */
class ConfigTable {
  public static void main(String[] args) throws Exception {
    // In the order of their definition, for of several wrong ones Kafka reports the first.
    print("topic", LogConfig.configDefCopy().configKeys());
    print("broker", new TreeMap<>(kafka.server.KafkaConfig.configDef().configKeys()));
    print("quota", new TreeMap<>(quotas().configKeys()));
    ConfigDef groups = groups();
    print("group", groups.configKeys());
    print("client-metrics", ClientMetricsConfigs.configDef().configKeys());
    for (Map.Entry<String, List<ConfigSynonym>> entry :
        new TreeMap<>(ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS).entrySet()) {
      for (ConfigSynonym synonym : entry.getValue()) {
        // What one becomes tells the unit: 1, 60000 or 3600000 ms.
        System.out.println("synonym\t" + entry.getKey() + "\t" + synonym.name() + "\t" + synonym.converter().apply("1"));
      }
    }
    for (String name : new TreeSet<>(groups.names())) {
      ((Optional<?>) Class.forName(GROUPS).getMethod("brokerSynonym", String.class).invoke(null, name))
          .ifPresent(synonym -> System.out.println("group-synonym\t" + name + "\t" + synonym));
    }
    new TreeMap<>(updateModes()).forEach((name, mode) -> System.out.println("dynamic\t" + name + "\t" + mode));
  }

  static final String GROUPS = "org.apache.kafka.coordinator.group.GroupConfig";

  /** Groups have configs since 4.0. */
  static ConfigDef groups() throws Exception {
    try {
      return (ConfigDef) Class.forName(GROUPS).getField("CONFIG_DEF").get(null);
    } catch (ClassNotFoundException e) {
      return new ConfigDef();
    }
  }

  /** The class has an s at its end up to 3.9. */
  static ConfigDef quotas() throws Exception {
    String name = "org.apache.kafka.server.config.QuotaConfig";
    Class<?> found;
    try {
      found = Class.forName(name);
    } catch (ClassNotFoundException e) {
      found = Class.forName(name + "s");
    }
    return (ConfigDef) found.getMethod("brokerQuotaConfigs").invoke(null);
  }

  /** The class was Scala's once. */
  static Map<String, String> updateModes() throws Exception {
    try {
      Class<?> found = Class.forName("org.apache.kafka.server.config.DynamicBrokerConfig");
      return (Map<String, String>) found.getMethod("dynamicConfigUpdateModes").invoke(null);
    } catch (ClassNotFoundException e) {
      Class<?> found = Class.forName("kafka.server.DynamicBrokerConfig$");
      Object module = found.getField("MODULE$").get(null);
      return (Map<String, String>) found.getMethod("dynamicConfigUpdateModes").invoke(module);
    }
  }

  static void print(String kind, Map<String, ConfigDef.ConfigKey> keys) throws Exception {
    for (ConfigDef.ConfigKey key : keys.values()) {
      String defaultValue = "-";
      if (key.hasDefault()) {
        String text = ConfigDef.convertToString(key.defaultValue, key.type);
        defaultValue = key.defaultValue == null ? "null" : "=" + text;
      }
      System.out.println(String.join("\t", kind, key.name, key.type.name(), defaultValue, rule(key.validator), "" + key.internalConfig));
    }
  }

  static String rule(ConfigDef.Validator validator) throws Exception {
    if (validator == null) return "";
    String name = validator.getClass().getSimpleName();
    switch (name) {
      case "Range":
        return "range " + get(validator, "min") + " " + get(validator, "max");
      case "ValidString":
        return "oneOf " + joined(get(validator, "validStrings"));
      case "CaseInsensitiveValidString":
        return "oneOfAnyCase " + joined(new TreeSet<>((Collection<String>) get(validator, "validStrings")));
      case "ValidList":
        String elements = joined(get(get(validator, "validString"), "validStrings"));
        // Before KIP-1161 nothing was said of lists but what their elements are.
        if (Stream.of(validator.getClass().getDeclaredFields()).noneMatch(field -> field.getName().equals("isEmptyAllowed")))
          return "each " + elements;
        return "list " + get(validator, "isEmptyAllowed") + " " + get(validator, "isNullAllowed") + " " + elements;
      default:
        return name + " " + validator;
    }
  }

  static String joined(Object strings) {
    return String.join(",", (Collection<String>) strings);
  }

  static Object get(Object target, String field) throws Exception {
    Field found = target.getClass().getDeclaredField(field);
    found.setAccessible(true);
    return found.get(target);
  }
}
