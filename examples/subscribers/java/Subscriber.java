// A copy of every ticket's state, kept from the events alone: java -cp 'libs/*' Subscriber.java HOST:PORT
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

public class Subscriber {
  static final ObjectMapper JSON = new ObjectMapper();
  static final Map<String, String> PHASES = Map.of(
      "TicketReturned", "returned", "TicketOpened", "open", "InfoRequested", "waiting", "TicketDeferred", "deferred",
      "TicketResumed", "open", "TicketReopened", "open", "Resolved", "resolved", "TicketClosed", "closed",
      "TicketRefused", "refused", "TicketMerged", "merged");
  static final Map<String, ObjectNode> tickets = new HashMap<>();
  static final Map<String, String> emails = new HashMap<>();

  public static void main(String[] arguments) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", arguments[0], "enable.auto.commit", "false");
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      // No group: every start reads all partitions from their first record.
      var parts = new ArrayList<TopicPartition>();
      for (var topic : List.of("reglament.tickets.v1", "reglament.contacts.v1"))
        for (var part : consumer.partitionsFor(topic)) parts.add(new TopicPartition(topic, part.partition()));
      consumer.assign(parts);
      consumer.seekToBeginning(parts);
      while (true) for (var record : consumer.poll(Duration.ofSeconds(1))) take(record);
    }
  }

  static void take(ConsumerRecord<String, String> record) throws Exception {
    if (record.headers().toArray().length == 0) return; // none of Reglament's
    JsonNode data = JSON.readTree(record.value() == null ? "{\"erased_at\": \"compacted\"}" : record.value());
    if (record.topic().equals("reglament.contacts.v1")) { // an erased person: forget what we hold of them
      if (data.has("erased_at")) emails.remove(record.key());
      else emails.put(record.key(), data.path("email").asText());
      for (var ticket : tickets.values()) if (ticket.path("requester").asText().equals(record.key())) say(ticket);
      return;
    }
    String type = head(record, "ce_type");
    int sequence = Integer.parseInt(head(record, "ce_sequence"));
    var ticket = tickets.computeIfAbsent(record.key(), id -> JSON.createObjectNode().put("id", id));
    if (sequence <= ticket.path("version").asInt()) return; // delivered before: at least once, in order per ticket
    boolean answered = type.equals("InfoProvided") || (type.equals("MessageAdded") && !data.path("automatic").asBoolean()
        && data.path("author_kind").asText().equals("requester") && data.path("visibility").asText().equals("public"));
    String phase = ticket.path("phase").asText();
    ticket.put("phase", answered && phase.equals("waiting") ? "open" : PHASES.getOrDefault(type, phase));
    for (var field : List.of("number", "priority", "requester")) if (data.has(field)) ticket.set(field, data.get(field));
    say(ticket.put("version", sequence));
  }

  static String head(ConsumerRecord<String, String> record, String name) {
    return new String(record.headers().lastHeader(name).value());
  }

  static void say(ObjectNode ticket) {
    var shown = ticket.deepCopy().put("email", emails.get(ticket.path("requester").asText()));
    shown.remove("requester");
    System.out.println(shown);
  }
}
