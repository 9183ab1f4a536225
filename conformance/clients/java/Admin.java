import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** The calls of the admin client, by the names that they have in each release. */
final class Admin implements AutoCloseable {
  private final Release release;
  private final AdminClient client;

  Admin(Release release, Map<String, Object> properties) {
    this.release = release;
    this.client = AdminClient.create(properties);
  }

  void createTopic(String topic, int partitions, int replicas) throws Exception {
    client.createTopics(List.of(new NewTopic(topic, partitions, (short) replicas))).all().get();
  }

  @SuppressWarnings("deprecation") // releases before 3.1 have no other
  int partitions(String topic) throws Exception {
    var answer = client.describeTopics(List.of(topic));
    return (release.since(3, 1) ? answer.allTopicNames() : answer.all()).get().get(topic).partitions().size();
  }

  Set<String> topics() throws Exception {
    return client.listTopics().names().get();
  }

  @SuppressWarnings("deprecation") // releases before 2.3 have no other
  void setConfig(String topic, String name, String value) throws Exception {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    var entry = new ConfigEntry(name, value);
    if (release.since(2, 3)) {
      Collection<AlterConfigOp> changes = List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET));
      client.incrementalAlterConfigs(Map.of(resource, changes)).all().get();
    } else {
      client.alterConfigs(Map.of(resource, new Config(List.of(entry)))).all().get();
    }
  }

  String config(String topic, String name) throws Exception {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return client.describeConfigs(List.of(resource)).all().get().get(resource).get(name).value();
  }

  void addPartitions(String topic, int total) throws Exception {
    client.createPartitions(Map.of(topic, NewPartitions.increaseTo(total))).all().get();
  }

  boolean isListed(String group) throws Exception {
    return client.listConsumerGroups().all().get().stream().anyMatch(it -> it.groupId().equals(group));
  }

  /** The state of a group, and how many members it has. */
  String described(String group) throws Exception {
    ConsumerGroupDescription it = client.describeConsumerGroups(List.of(group)).all().get().get(group);
    return it.state() + ", members: " + it.members().size();
  }

  void deleteGroup(String group) throws Exception {
    client.deleteConsumerGroups(List.of(group)).all().get();
  }

  void deleteRecords(TopicPartition partition, long before) throws ExecutionException, InterruptedException {
    client.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before))).all().get();
  }

  void deleteTopic(String topic) throws Exception {
    client.deleteTopics(List.of(topic)).all().get();
  }

  @Override
  public void close() {
    client.close();
  }
}
