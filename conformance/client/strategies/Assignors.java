import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.internals.AbstractPartitionAssignor;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * Plans by Kafka's own assignors. Each argument is a group: the strategy, the topics with how many partitions they have, and the members
 * with their topics, their generation and what they own:
 *
 *   range|a=3,b=2|member-0;a,b;-1;|member-1;a;4;a-0,a-2
 *
 * Each line of the answer is its plan: member-0;a-0,b-1|member-1;a-1
 */
public final class Assignors {
    public static void main(String[] groups) {
        for (String group : groups) {
            String[] parts = group.split("\\|");
            Map<String, List<PartitionInfo>> partitions = new HashMap<>();
            for (String topic : parts[1].split(",")) {
                String[] nameAndCount = topic.split("=");
                List<PartitionInfo> infos = new ArrayList<>();
                for (int i = 0; i < Integer.parseInt(nameAndCount[1]); i++) {
                    infos.add(new PartitionInfo(nameAndCount[0], i, null, null, null));
                }
                partitions.put(nameAndCount[0], infos);
            }
            Map<String, Subscription> members = new HashMap<>();
            for (int i = 2; i < parts.length; i++) {
                String[] member = parts[i].split(";", -1);
                int generation = Integer.parseInt(member[2]);
                members.put(member[0], subscription(List.of(member[1].split(",")), generation, owned(member[3])));
            }
            System.out.println(text(assignor(parts[0]).assignPartitions(partitions, members)));
        }
    }

    private static AbstractPartitionAssignor assignor(String name) {
        return switch (name) {
            case "range" -> new RangeAssignor();
            case "roundrobin" -> new RoundRobinAssignor();
            case "cooperative-sticky" -> new CooperativeStickyAssignor();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static Subscription subscription(List<String> topics, int generation, List<TopicPartition> owned) {
        ByteBuffer userData = ByteBuffer.allocate(Integer.BYTES).putInt(generation).flip();
        return new Subscription(topics, userData, owned, generation, Optional.empty());
    }

    private static List<TopicPartition> owned(String text) {
        List<TopicPartition> owned = new ArrayList<>();
        for (String one : text.isEmpty() ? new String[0] : text.split(",")) {
            int dash = one.lastIndexOf('-');
            owned.add(new TopicPartition(one.substring(0, dash), Integer.parseInt(one.substring(dash + 1))));
        }
        return owned;
    }

    private static String text(Map<String, List<TopicPartition>> plan) {
        List<String> members = new ArrayList<>();
        for (Map.Entry<String, List<TopicPartition>> entry : new TreeMap<>(plan).entrySet()) {
            List<String> partitions = new ArrayList<>();
            for (TopicPartition partition : entry.getValue()) partitions.add(partition.toString());
            members.add(entry.getKey() + ";" + String.join(",", partitions));
        }
        return String.join("|", members);
    }
}
