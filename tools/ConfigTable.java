import java.lang.reflect.Field;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.server.config.ConfigSynonym;
import org.apache.kafka.server.config.DynamicBrokerConfig;
import org.apache.kafka.server.config.QuotaConfig;
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
    print("quota", new TreeMap<>(QuotaConfig.brokerQuotaConfigs().configKeys()));
    print("group", GroupConfig.CONFIG_DEF.configKeys());
    print("client-metrics", ClientMetricsConfigs.configDef().configKeys());
    for (Map.Entry<String, List<ConfigSynonym>> entry :
        new TreeMap<>(ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS).entrySet()) {
      for (ConfigSynonym synonym : entry.getValue()) {
        // What one becomes tells the unit: 1, 60000 or 3600000 ms.
        System.out.println("synonym\t" + entry.getKey() + "\t" + synonym.name() + "\t" + synonym.converter().apply("1"));
      }
    }
    for (String name : new TreeSet<>(GroupConfig.CONFIG_DEF.names())) {
      GroupConfig.brokerSynonym(name).ifPresent(synonym -> System.out.println("group-synonym\t" + name + "\t" + synonym));
    }
    new TreeMap<>(DynamicBrokerConfig.dynamicConfigUpdateModes())
        .forEach((name, mode) -> System.out.println("dynamic\t" + name + "\t" + mode));
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
        return "list " + get(validator, "isEmptyAllowed") + " " + get(validator, "isNullAllowed") + " "
            + joined(get(get(validator, "validString"), "validStrings"));
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
