import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.types.RawTaggedField;

/** What {@link MessageMaker} asks for on its way through a message, in the order of the fields. */
interface Choices {
  /** Whether a field that has a default keeps it. */
  boolean keepsDefault();

  /** Whether a field that may be null is. */
  boolean isNull();

  /** How many elements a collection gets. */
  int count();

  /** Tagged fields that the schema, which has those tags, does not know; by ascending tags. */
  List<RawTaggedField> unknownTags(Set<Integer> known);

  boolean bool();

  byte int8();

  short int16();

  int uint16();

  int int32();

  long uint32();

  long int64();

  double float64();

  String text();

  Uuid uuid();

  byte[] bytes();
}
