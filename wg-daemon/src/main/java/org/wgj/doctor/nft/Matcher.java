// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.nft;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import java.util.Map;
import java.util.Set;

/**
 * Compares a packet with the match statements of a rule (libnftables-json(5)). The result is {@link
 * Tristate#UNKNOWN} if a fact about the packet, or the statement, is unknown.
 */
final class Matcher {
    /** Protocols whose fields exist only in packets of that protocol. */
    private static final Set<String> TRANSPORTS =
            Set.of(
                    "tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmpv6", "igmp", "esp", "ah",
                    "comp");

    private final Packet packet;
    private final Map<String, JsonArray> sets;

    /**
     * @param sets the elements of the named sets that rules may refer to
     */
    Matcher(Packet packet, Map<String, JsonArray> sets) {
        this.packet = packet;
        this.sets = sets;
    }

    Tristate match(JsonObject match) {
        JsonElement left = match.get("left");
        JsonElement right = match.get("right");
        String op = match.get("op").getAsString();
        if (isForeign(left)) {
            return Tristate.FALSE;
        }
        return switch (op) {
            case "==", "in" -> equal(left, right);
            case "!=" -> equal(left, right).not();
            case "<", ">", "<=", ">=" -> compare(left, op, right);
            default -> Tristate.UNKNOWN;
        };
    }

    /** Returns whether the field belongs to a protocol that the packet certainly does not have. */
    private boolean isForeign(JsonElement left) {
        String protocol = inner(left, "payload", "protocol");
        if (protocol == null) {
            return false;
        }
        return switch (protocol) {
            case "ip" -> packet.ipv6();
            case "ip6" -> !packet.ipv6();
            default ->
                    TRANSPORTS.contains(protocol)
                            && packet.protocol() != null
                            && !protocol.equals(packet.protocol());
        };
    }

    /** Returns whether the field on the left has the value, or one of the values, on the right. */
    Tristate equal(JsonElement left, JsonElement right) {
        if (right.isJsonArray()) {
            return any(left, right.getAsJsonArray());
        }
        if (right.isJsonObject()) {
            JsonObject object = right.getAsJsonObject();
            if (object.has("set")) {
                JsonElement set = object.get("set");
                return set.isJsonArray() ? any(left, set.getAsJsonArray()) : equal(left, set);
            }
            if (object.has("elem")) {
                return equal(left, object.getAsJsonObject("elem").get("val"));
            }
            if (object.has("range")) {
                JsonArray range = object.getAsJsonArray("range");
                return compare(left, ">=", range.get(0)).and(compare(left, "<=", range.get(1)));
            }
            return Tristate.UNKNOWN;
        }
        String text = right.getAsString();
        if (text.startsWith("@")) {
            JsonArray elements = sets.get(text.substring(1));
            return elements == null ? Tristate.UNKNOWN : any(left, elements);
        }
        return isValue(left, text);
    }

    private Tristate any(JsonElement left, JsonArray values) {
        Tristate truth = Tristate.FALSE;
        for (JsonElement value : values) {
            truth = truth.or(equal(left, value));
        }
        return truth;
    }

    private Tristate isValue(JsonElement left, String value) {
        String meta = inner(left, "meta", "key");
        if (meta != null) {
            return switch (meta) {
                case "l4proto" -> isProtocol(value);
                case "nfproto" -> Tristate.of(value.equals(packet.ipv6() ? "ipv6" : "ipv4"));
                case "protocol" -> Tristate.of(value.equals(packet.ipv6() ? "ip6" : "ip"));
                case "iif", "iifname" -> isInterface(packet.in(), value);
                case "oif", "oifname" -> isInterface(packet.out(), value);
                default -> Tristate.UNKNOWN;
            };
        }
        String field = inner(left, "payload", "field");
        if (field != null) {
            return switch (field) {
                case "dport" ->
                        packet.port().isEmpty()
                                ? Tristate.UNKNOWN
                                : Tristate.of(value.equals(packet.port().getAsInt() + ""));
                case "protocol", "nexthdr" -> isProtocol(value);
                default -> Tristate.UNKNOWN;
            };
        }
        return "state".equals(inner(left, "ct", "key"))
                ? Tristate.of(value.equals("new"))
                : Tristate.UNKNOWN;
    }

    private Tristate isProtocol(String value) {
        return packet.protocol() == null
                ? Tristate.UNKNOWN
                : Tristate.of(value.equals(packet.protocol()));
    }

    private Tristate isInterface(String known, String pattern) {
        if (known != null) {
            return Tristate.of(fits(known, pattern));
        }
        boolean excluded = packet.others().stream().anyMatch(other -> fits(other, pattern));
        return excluded ? Tristate.FALSE : Tristate.UNKNOWN;
    }

    private static boolean fits(String name, String pattern) {
        return pattern.endsWith("*")
                ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                : name.equals(pattern);
    }

    private Tristate compare(JsonElement left, String op, JsonElement right) {
        if (!"dport".equals(inner(left, "payload", "field"))
                || packet.port().isEmpty()
                || !right.isJsonPrimitive()
                || !right.getAsString().matches("[0-9]{1,5}")) {
            return Tristate.UNKNOWN;
        }
        int port = packet.port().getAsInt();
        int other = right.getAsInt();
        return Tristate.of(
                switch (op) {
                    case "<" -> port < other;
                    case ">" -> port > other;
                    case "<=" -> port <= other;
                    default -> port >= other;
                });
    }

    /** The text at {@code {outer: {key: text}}}, or null if it is something else. */
    private static String inner(JsonElement element, String outer, String key) {
        if (!element.isJsonObject() || !element.getAsJsonObject().has(outer)) {
            return null;
        }
        JsonElement inner = element.getAsJsonObject().get(outer);
        if (!inner.isJsonObject() || !inner.getAsJsonObject().has(key)) {
            return null;
        }
        JsonElement text = inner.getAsJsonObject().get(key);
        return text.isJsonPrimitive() ? text.getAsString() : null;
    }
}
