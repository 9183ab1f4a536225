import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** Makes messages of any class and version, from the schema that each generated class carries for each version. */
final class MessageMaker {
  /** A field of a class as a version has it; or, when the field is null, the place where unknown tagged fields go. */
  private record Slot(Field field, org.apache.kafka.common.protocol.types.Type type, boolean tagged, Set<Integer> tags) {}

  private record Layout(Constructor<?> constructor, List<Slot> slots) {}

  private final Map<Schema, Layout> layouts = new IdentityHashMap<>();

  Message make(Class<?> type, Schema schema, Choices choices) throws ReflectiveOperationException {
    Layout layout = layouts.get(schema);
    if (layout == null) layouts.put(schema, layout = layout(type, schema));
    Message message = (Message) layout.constructor.newInstance();
    for (Slot slot : layout.slots) {
      if (slot.field == null) message.unknownTaggedFields().addAll(choices.unknownTags(slot.tags));
      else fill(message, slot, choices);
    }
    return message;
  }

  private static Layout layout(Class<?> type, Schema schema) throws ReflectiveOperationException {
    Constructor<?> constructor = type.getDeclaredConstructor();
    constructor.setAccessible(true);
    Map<String, Field> javaFields = new HashMap<>();
    for (Field field : type.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())) continue;
      field.setAccessible(true);
      javaFields.put(plain(field.getName()), field);
    }
    List<Slot> slots = new ArrayList<>();
    for (BoundField bound : schema.fields()) {
      if (bound.def.type instanceof TaggedFields) {
        Map<Integer, org.apache.kafka.common.protocol.types.Field> tagged = taggedFields(bound.def.type);
        for (org.apache.kafka.common.protocol.types.Field field : tagged.values()) {
          slots.add(new Slot(javaFields.get(plain(field.name)), field.type, true, null));
        }
        slots.add(new Slot(null, null, false, tagged.keySet()));
      } else {
        slots.add(new Slot(javaFields.get(plain(bound.def.name)), bound.def.type, false, null));
      }
    }
    return new Layout(constructor, slots);
  }

  @SuppressWarnings("unchecked")
  private static Map<Integer, org.apache.kafka.common.protocol.types.Field> taggedFields(Object type)
      throws ReflectiveOperationException {
    Field fields = TaggedFields.class.getDeclaredField("fields");
    fields.setAccessible(true);
    return (Map<Integer, org.apache.kafka.common.protocol.types.Field>) fields.get(type);
  }

  /** Schemas have snake_case names, classes have camelCase ones. */
  private static String plain(String name) {
    return name.replace("_", "").toLowerCase();
  }

  private void fill(Message message, Slot slot, Choices choices) throws ReflectiveOperationException {
    boolean hasDefault = slot.tagged || slot.type.isNullable() || slot.field.get(message) != null;
    if (choices.keepsDefault() && hasDefault) return;
    boolean isNull = slot.type.isNullable() && choices.isNull();
    slot.field.set(message, isNull ? null : value(slot.field.getGenericType(), slot.type, choices));
  }

  private Object value(Type javaType, org.apache.kafka.common.protocol.types.Type type, Choices choices)
      throws ReflectiveOperationException {
    Class<?> raw = (Class<?>) (javaType instanceof ParameterizedType p ? p.getRawType() : javaType);
    if (raw == boolean.class || raw == Boolean.class) return choices.bool();
    if (raw == byte.class || raw == Byte.class) return choices.int8();
    if (raw == short.class || raw == Short.class) return choices.int16();
    if (raw == int.class || raw == Integer.class) {
      boolean unsigned = type == org.apache.kafka.common.protocol.types.Type.UINT16;
      return unsigned ? choices.uint16() : choices.int32();
    }
    if (raw == long.class || raw == Long.class) {
      boolean unsigned = type == org.apache.kafka.common.protocol.types.Type.UNSIGNED_INT32;
      return unsigned ? choices.uint32() : choices.int64();
    }
    if (raw == double.class || raw == Double.class) return choices.float64();
    if (raw == String.class) return choices.text();
    if (raw == Uuid.class) return choices.uuid();
    if (raw == byte[].class) return choices.bytes();
    if (raw == ByteBuffer.class) return ByteBuffer.wrap(choices.bytes());
    // Nobody looks into a record set on its way through a message.
    if (raw.getSimpleName().equals("BaseRecords")) return MemoryRecords.readableRecords(ByteBuffer.wrap(choices.bytes()));
    if (Collection.class.isAssignableFrom(raw)) return collection(javaType, raw, type, choices);
    return make(raw, (Schema) type, choices);
  }

  @SuppressWarnings("unchecked")
  private Object collection(Type javaType, Class<?> raw, org.apache.kafka.common.protocol.types.Type type, Choices choices)
      throws ReflectiveOperationException {
    Type element;
    Collection<Object> values;
    if (raw == List.class) {
      element = ((ParameterizedType) javaType).getActualTypeArguments()[0];
      values = new ArrayList<>();
    } else {
      element = ((ParameterizedType) raw.getGenericSuperclass()).getActualTypeArguments()[0];
      values = (Collection<Object>) raw.getDeclaredConstructor().newInstance();
    }
    org.apache.kafka.common.protocol.types.Type elementType = type.arrayElementType().get();
    int count = choices.count();
    for (int index = 0; index < count; index++) values.add(value(element, elementType, choices));
    return values;
  }
}
