import java.util.HexFormat;
import java.util.StringJoiner;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.utils.Utils;

/** Prints where Kafka's Java client puts keys, as JSON: for each key its hash and a list of partitions. Arguments as for the program in Go. */
public final class Partitions {
    public static void main(String[] args) {
        String[] counts = args[0].split(",");
        StringJoiner keys = new StringJoiner(",", "[", "]");
        for (int i = 1; i < args.length; i++) {
            byte[] key = HexFormat.of().parseHex(args[i]);
            StringJoiner partitions = new StringJoiner(",", "[", "]");
            for (String count : counts) {
                partitions.add(String.valueOf(BuiltInPartitioner.partitionForKey(key, Integer.parseInt(count))));
            }
            keys.add("{\"hash\":" + Utils.murmur2(key) + ",\"partitions\":" + partitions + "}");
        }
        System.out.println(keys);
    }
}
