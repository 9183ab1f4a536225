import java.util.Arrays;
import java.util.Comparator;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;

/**
 * Prints Kafka's table of errors, one a line, tab-separated: code, name, whether a retry helps, the default message.
 * Run by generate-errors.ts with a kafka-clients jar on the class path.
 */
class ErrorTable {
  public static void main(String[] args) {
    Errors[] errors = Errors.values();
    Arrays.sort(errors, Comparator.comparingInt(Errors::code));
    for (Errors error : errors) {
      boolean retriable = error.exception() instanceof RetriableException;
      String message = error.exception() == null ? "" : error.message();
      System.out.println(error.code() + "\t" + error.name() + "\t" + retriable + "\t" + message);
    }
  }
}
