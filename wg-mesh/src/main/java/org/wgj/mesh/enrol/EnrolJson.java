// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Requests and answers as JSON, each at most {@value #MAX_BYTES} bytes, so that one datagram has
 * room for it. Fields that are not known are ignored: a later version may add some.
 */
public final class EnrolJson {
    /** The most bytes of a request or an answer. */
    public static final int MAX_BYTES = 1_200;

    private static final int VERSION = 1;
    private static final int MAX_MESSAGE = 300;

    private EnrolJson() {}

    /**
     * Writes a request.
     *
     * @param request any request
     * @return UTF-8
     * @throws IllegalArgumentException if it has more than {@value #MAX_BYTES} bytes
     */
    public static byte[] write(EnrolRequest request) {
        JsonObject json = new JsonObject();
        json.addProperty("v", VERSION);
        json.addProperty("name", request.name());
        JsonObject keys = new JsonObject();
        request.keys().forEach((plane, key) -> keys.addProperty(plane, key.toBase64()));
        json.add("keys", keys);
        json.addProperty("port", request.ports().first());
        json.addProperty("shared_port", request.ports().shared());
        json.add("routes", strings(request.routes()));
        json.addProperty("machine", request.machine());
        json.addProperty("ephemeral", request.ephemeral());
        if (request.directOnly()) {
            json.addProperty("direct_only", true);
        }
        json.addProperty(
                "address",
                request.addressOrNull() == null ? null : request.addressOrNull().getHostAddress());
        return bytes(json, "the request");
    }

    /**
     * Reads a request.
     *
     * @param bytes UTF-8
     * @return the request
     * @throws IllegalArgumentException if it is not one; the message names the field at fault
     */
    public static EnrolRequest readRequest(byte[] bytes) {
        JsonFields json = JsonFields.parse(bytes, MAX_BYTES);
        checkVersion(json);
        SortedMap<String, PublicKey> keys = new TreeMap<>();
        for (String plane : json.object("keys").names()) {
            keys.put(plane, key(json.object("keys").string(plane)));
        }
        int port = json.has("port") ? json.integer("port") : 0;
        if (port > 65_535) {
            throw new IllegalArgumentException("port is not from 0 to 65535");
        }
        List<IpPrefix> routes = new ArrayList<>();
        if (json.has("routes")) {
            json.strings("routes").forEach(route -> routes.add(IpPrefix.parse(route)));
        }
        return new EnrolRequest(
                json.string("name"),
                keys,
                new NodePorts(port, json.has("shared_port") && json.bool("shared_port")),
                routes,
                json.has("machine") ? json.string("machine") : "",
                json.has("ephemeral") && json.bool("ephemeral"),
                json.has("direct_only") && json.bool("direct_only"),
                json.has("address") ? address(json.string("address")) : null);
    }

    /**
     * Writes an answer. If the answer would not fit, its message is cut, and what the node can do
     * without is left out: the coordinators after the first, which it gets with the map, and then
     * the address that the request came from.
     *
     * @param answer any answer
     * @return UTF-8
     * @throws IllegalArgumentException if it has more than {@value #MAX_BYTES} bytes
     */
    public static byte[] write(EnrolAnswer answer) {
        List<MapCoordinator> coordinators = answer.coordinators();
        InetAddress seenAt = answer.seenAtOrNull();
        while (true) {
            try {
                return bytes(json(answer, coordinators, seenAt), "the answer");
            } catch (IllegalArgumentException e) {
                if (coordinators.size() > 1) {
                    coordinators = coordinators.subList(0, coordinators.size() - 1);
                } else if (seenAt != null) {
                    seenAt = null;
                } else {
                    throw e;
                }
            }
        }
    }

    private static JsonObject json(
            EnrolAnswer answer, List<MapCoordinator> coordinators, InetAddress seenAtOrNull) {
        JsonObject json = new JsonObject();
        json.addProperty("v", VERSION);
        json.addProperty("result", answer.result().text());
        if (answer.reasonOrNull() != null) {
            json.addProperty("reason", answer.reasonOrNull().text());
            json.addProperty("message", cut(answer.message()));
        }
        if (answer.epochOrNull() == null) {
            return json;
        }
        json.addProperty("node", answer.node());
        json.addProperty("name", answer.name());
        json.addProperty("mesh", answer.mesh());
        json.addProperty("epoch", answer.epochOrNull().toString());
        JsonArray planes = new JsonArray();
        for (EnrolPlane plane : answer.planes()) {
            JsonObject each = new JsonObject();
            each.addProperty("name", plane.name());
            each.add("ranges", strings(plane.ranges()));
            each.addProperty("port", plane.port());
            each.addProperty("mtu", plane.mtu());
            each.add("addresses", addresses(plane.addresses()));
            planes.add(each);
        }
        json.add("planes", planes);
        JsonArray all = new JsonArray();
        coordinators.forEach(each -> all.add(json(each)));
        json.add("coordinators", all);
        if (seenAtOrNull != null) {
            json.addProperty("seen_at", seenAtOrNull.getHostAddress());
        }
        return json;
    }

    private static String cut(String message) {
        return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE);
    }

    private static JsonObject json(MapCoordinator coordinator) {
        JsonObject json = new JsonObject();
        json.addProperty("id", coordinator.id());
        json.addProperty("key", coordinator.key().toBase64());
        json.add("endpoints", strings(coordinator.endpoints()));
        JsonObject addresses = new JsonObject();
        coordinator.addresses().forEach((plane, all) -> addresses.add(plane, addresses(all)));
        json.add("addresses", addresses);
        json.addProperty("relay", coordinator.relay());
        return json;
    }

    /**
     * Reads an answer.
     *
     * @param bytes UTF-8
     * @return the answer
     * @throws IllegalArgumentException if it is not one; the message names the field at fault
     */
    public static EnrolAnswer readAnswer(byte[] bytes) {
        JsonFields json = JsonFields.parse(bytes, MAX_BYTES);
        checkVersion(json);
        EnrolAnswer.Result result = constant(EnrolAnswer.Result.class, json.string("result"));
        EnrolAnswer.Reason reason =
                result == EnrolAnswer.Result.JOINED
                        ? null
                        : constant(EnrolAnswer.Reason.class, json.string("reason"));
        String message = json.has("message") ? json.string("message") : "";
        if (result == EnrolAnswer.Result.REFUSED) {
            return EnrolAnswer.refused(reason, message);
        }
        List<EnrolPlane> planes = new ArrayList<>();
        for (JsonFields plane : json.objects("planes")) {
            planes.add(
                    new EnrolPlane(
                            plane.string("name"),
                            plane.strings("ranges").stream().map(IpPrefix::parse).toList(),
                            plane.integer("port"),
                            plane.integer("mtu"),
                            plane.strings("addresses").stream().map(EnrolJson::address).toList()));
        }
        List<MapCoordinator> coordinators = new ArrayList<>();
        for (JsonFields each : json.objects("coordinators")) {
            coordinators.add(coordinator(each));
        }
        if (result == EnrolAnswer.Result.JOINED && (planes.isEmpty() || coordinators.isEmpty())) {
            throw new IllegalArgumentException("planes and coordinators must not be empty");
        }
        return new EnrolAnswer(
                result,
                reason,
                message,
                json.integer("node"),
                json.string("name"),
                json.string("mesh"),
                uuid(json.string("epoch")),
                planes,
                coordinators,
                json.has("seen_at") ? address(json.string("seen_at")) : null);
    }

    private static MapCoordinator coordinator(JsonFields json) {
        SortedMap<String, List<InetAddress>> addresses = new TreeMap<>();
        JsonFields planes = json.object("addresses");
        for (String plane : planes.names()) {
            addresses.put(plane, planes.strings(plane).stream().map(EnrolJson::address).toList());
        }
        return new MapCoordinator(
                json.integer("id"),
                key(json.string("key")),
                json.strings("endpoints").stream().map(EnrolJson::hostPort).toList(),
                addresses,
                json.bool("relay"));
    }

    private static void checkVersion(JsonFields json) {
        if (json.integer("v") != VERSION) {
            throw new IllegalArgumentException("v is not " + VERSION + ": it needs a newer wgj");
        }
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String text) {
        for (E each : type.getEnumConstants()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(text)) {
                return each;
            }
        }
        throw new IllegalArgumentException(
                type.getSimpleName().toLowerCase(Locale.ROOT) + " has a value that is not known");
    }

    private static PublicKey key(String text) {
        try {
            return PublicKey.fromBase64(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("a key is not 32 bytes in base64", e);
        }
    }

    private static UUID uuid(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("epoch is not a UUID", e);
        }
    }

    private static InetAddress address(String text) {
        if (text.indexOf('%') >= 0) {
            throw new IllegalArgumentException("an address has an interface");
        }
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("an address is not an IP address", e);
        }
    }

    private static HostPort hostPort(String text) {
        int colon = text.lastIndexOf(':');
        try {
            String host = text.substring(0, colon);
            int port = Integer.parseInt(text.substring(colon + 1));
            boolean brackets = host.startsWith("[") && host.endsWith("]");
            host = brackets ? host.substring(1, host.length() - 1) : host;
            if (host.isEmpty() || host.indexOf(':') >= 0 != brackets || port < 1 || port > 65_535) {
                throw new NumberFormatException();
            }
            return new HostPort(host, port);
        } catch (IndexOutOfBoundsException | NumberFormatException e) {
            throw new IllegalArgumentException("an endpoint is not HOST:PORT", e);
        }
    }

    private static JsonArray strings(List<?> values) {
        JsonArray array = new JsonArray();
        values.forEach(value -> array.add(value.toString()));
        return array;
    }

    private static JsonArray addresses(List<InetAddress> addresses) {
        return strings(addresses.stream().map(InetAddress::getHostAddress).toList());
    }

    private static byte[] bytes(JsonElement json, String what) {
        byte[] bytes = json.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    what
                            + " has "
                            + bytes.length
                            + " bytes; at most "
                            + MAX_BYTES
                            + " fit into a datagram: ask for fewer routes or planes");
        }
        return bytes;
    }
}
