// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.Values;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The text of nodes and coordinators in the store's history. It is a format of the store, so that
 * what nodes receive may change without a migration.
 */
public final class NodeJson {
    private NodeJson() {}

    public static String text(MapNode node) {
        return json(node).toString();
    }

    static JsonObject json(MapNode node) {
        JsonObject planes = new JsonObject();
        node.planes().forEach((plane, member) -> planes.add(plane, json(member)));
        JsonObject json = new JsonObject();
        json.addProperty("id", node.id());
        json.addProperty("name", node.name());
        json.add("planes", planes);
        json.add("routes", texts(node.routes()));
        json.addProperty("relay", node.relay());
        if (node.directOnly()) {
            json.addProperty("direct_only", true);
        }
        json.addProperty("stock", node.stock());
        json.addProperty("signature", node.signature().toString());
        return json;
    }

    private static JsonObject json(Membership member) {
        JsonObject json = new JsonObject();
        json.addProperty("key", member.key().toBase64());
        if (member.pendingKeyOrNull() != null) {
            json.addProperty("pending", member.pendingKeyOrNull().toBase64());
        }
        json.add("addresses", addresses(member.addresses()));
        JsonArray candidates = new JsonArray();
        for (Candidate candidate : member.candidates()) {
            JsonObject one = new JsonObject();
            one.addProperty("kind", candidate.kind().name());
            one.addProperty("endpoint", text(candidate.endpoint()));
            candidates.add(one);
        }
        json.add("candidates", candidates);
        return json;
    }

    static MapNode node(String text) {
        return node(JsonParser.parseString(text).getAsJsonObject());
    }

    public static MapNode node(JsonObject json) {
        TreeMap<String, Membership> planes = new TreeMap<>();
        json.getAsJsonObject("planes")
                .asMap()
                .forEach((plane, in) -> planes.put(plane, membership(in.getAsJsonObject())));
        return new MapNode(
                json.get("id").getAsLong(),
                json.get("name").getAsString(),
                planes,
                list(json.getAsJsonArray("routes"), e -> IpPrefix.parse(e.getAsString())),
                json.get("relay").getAsBoolean(),
                json.has("direct_only") && json.get("direct_only").getAsBoolean(),
                json.get("stock").getAsBoolean(),
                bytes(json.get("signature").getAsString()));
    }

    private static Membership membership(JsonObject json) {
        JsonElement pending = json.get("pending");
        return new Membership(
                PublicKey.fromBase64(json.get("key").getAsString()),
                pending == null ? null : PublicKey.fromBase64(pending.getAsString()),
                list(json.getAsJsonArray("addresses"), e -> InetAddress.ofLiteral(e.getAsString())),
                list(
                        json.getAsJsonArray("candidates"),
                        e ->
                                new Candidate(
                                        Candidate.Kind.valueOf(
                                                e.getAsJsonObject().get("kind").getAsString()),
                                        socket(
                                                e.getAsJsonObject()
                                                        .get("endpoint")
                                                        .getAsString()))));
    }

    public static String text(Collection<MapCoordinator> coordinators) {
        JsonArray all = new JsonArray();
        for (MapCoordinator coordinator : coordinators) {
            JsonObject addresses = new JsonObject();
            coordinator.addresses().forEach((plane, in) -> addresses.add(plane, addresses(in)));
            JsonObject json = new JsonObject();
            json.addProperty("id", coordinator.id());
            json.addProperty("key", coordinator.key().toBase64());
            json.add("endpoints", texts(coordinator.endpoints()));
            json.add("addresses", addresses);
            json.addProperty("relay", coordinator.relay());
            all.add(json);
        }
        return all.toString();
    }

    static List<MapCoordinator> coordinators(String text) {
        return list(
                JsonParser.parseString(text).getAsJsonArray(),
                e -> {
                    JsonObject json = e.getAsJsonObject();
                    TreeMap<String, List<InetAddress>> addresses = new TreeMap<>();
                    json.getAsJsonObject("addresses")
                            .asMap()
                            .forEach(
                                    (plane, in) ->
                                            addresses.put(
                                                    plane,
                                                    list(
                                                            in.getAsJsonArray(),
                                                            a ->
                                                                    InetAddress.ofLiteral(
                                                                            a.getAsString()))));
                    return new MapCoordinator(
                            json.get("id").getAsLong(),
                            PublicKey.fromBase64(json.get("key").getAsString()),
                            list(
                                    json.getAsJsonArray("endpoints"),
                                    one -> Values.endpoint(one.getAsString())),
                            addresses,
                            json.get("relay").getAsBoolean());
                });
    }

    public static String text(InetSocketAddress endpoint) {
        return new HostPort(endpoint.getAddress().getHostAddress(), endpoint.getPort()).toString();
    }

    static InetSocketAddress socket(String text) {
        HostPort endpoint = Values.endpoint(text);
        return new InetSocketAddress(InetAddress.ofLiteral(endpoint.host()), endpoint.port());
    }

    static Bytes bytes(String base64OrNull) {
        return base64OrNull == null
                ? Bytes.NONE
                : Bytes.of(Base64.getDecoder().decode(base64OrNull));
    }

    private static JsonArray addresses(List<InetAddress> addresses) {
        return texts(addresses.stream().map(InetAddress::getHostAddress).toList());
    }

    static JsonArray texts(Collection<?> values) {
        JsonArray array = new JsonArray();
        values.forEach(value -> array.add(value.toString()));
        return array;
    }

    private static <T> List<T> list(JsonArray array, Function<JsonElement, T> reader) {
        List<T> values = new ArrayList<>();
        array.forEach(element -> values.add(reader.apply(element)));
        return values;
    }
}
