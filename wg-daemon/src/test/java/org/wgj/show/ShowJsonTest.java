// SPDX-License-Identifier: Apache-2.0
package org.wgj.show;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.json.JsonWriter;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tun.TunOffload;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelCounters;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.tunnel.udp.UdpCounters;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/** Holds the output of {@code wgj show --json} and docs/show.schema.json together. */
class ShowJsonTest {
    private static final JsonSchema SCHEMA = read();

    private static JsonSchema read() {
        try {
            return new JsonSchema(Files.readString(Path.of("../docs/show.schema.json")), true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static StatusWithKeys full() {
        PrivateKey key = PrivateKey.generate();
        PrivateKey peer = PrivateKey.generate();
        PresharedKey presharedKey = PresharedKey.generate();
        PeerStatus one =
                new PeerStatus(
                        peer.publicKey(),
                        Endpoint.of(new InetSocketAddress("2001:db8::1", 51820)),
                        Instant.parse("2026-11-28T12:00:00.5Z"),
                        -1,
                        Long.MAX_VALUE,
                        25,
                        List.of(IpPrefix.parse("10.0.0.0/8"), IpPrefix.parse("fd00::/64")));
        PeerStatus other =
                new PeerStatus(PrivateKey.generate().publicKey(), null, null, 0, 0, 0, List.of());
        return new StatusWithKeys(
                new TunnelStatus(
                        "wg0",
                        key.publicKey(),
                        51820,
                        -1,
                        List.of(one, other),
                        Map.of(),
                        UdpCounters.ZERO,
                        TunnelCounters.ZERO),
                key,
                Map.of(peer.publicKey(), presharedKey));
    }

    private static DataPathInfo engine() {
        Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
        for (DropReason reason : DropReason.values()) {
            drops.put(reason, -1L);
        }
        return new DataPathInfo("cipher", 0, EnumSet.allOf(TunOffload.class), true, false, drops);
    }

    private static JsonElement json(StatusWithKeys all, DataPathInfo engine, boolean keys) {
        JsonWriter writer = new JsonWriter();
        ShowJson.write(writer, all, engine, keys);
        return JsonParser.parseString(writer.toString());
    }

    @Test
    void everyOutputFitsTheSchema() {
        StatusWithKeys empty =
                new StatusWithKeys(
                        new TunnelStatus(
                                "wg0",
                                null,
                                0,
                                0,
                                List.of(),
                                Map.of(),
                                UdpCounters.ZERO,
                                TunnelCounters.ZERO),
                        null,
                        Map.of());
        JsonArray all = new JsonArray();
        assertEquals(List.of(), SCHEMA.validate(all));
        for (boolean keys : new boolean[] {true, false}) {
            all.add(json(full(), engine(), keys));
            all.add(json(empty, null, keys));
        }
        assertEquals(List.of(), SCHEMA.validate(all));
        all.forEach(one -> assertEquals(List.of(), SCHEMA.validate(one)));
    }

    /** Otherwise the test above would also pass with an empty schema. */
    @Test
    void anyOtherFormIsRefused() {
        changeEach(json(full(), engine(), true), "$");
    }

    /** Takes away each key and gives each value another type, one at a time. */
    private static void changeEach(JsonElement root, String at) {
        forEach(root, root, at);
    }

    private static void forEach(JsonElement root, JsonElement part, String at) {
        switch (part) {
            case JsonObject object -> {
                for (String key : List.copyOf(object.keySet())) {
                    String place = at + "." + key;
                    JsonElement before = object.get(key);
                    forEach(root, before, place);
                    boolean counter = at.endsWith(".drops");
                    if (!counter) {
                        object.remove(key);
                        refused(root, place + " is missing");
                    }
                    object.add(key, new JsonPrimitive(-1.5));
                    refused(root, place + " is -1.5");
                    object.add(key, before);
                }
                object.addProperty("additional", "");
                refused(root, at + " has one more key");
                object.remove("additional");
            }
            case JsonArray array -> {
                for (int i = 0; i < array.size(); i++) {
                    forEach(root, array.get(i), at + "[" + i + "]");
                }
                array.add(JsonNull.INSTANCE);
                refused(root, at + " has null");
                array.remove(array.size() - 1);
            }
            default -> {}
        }
        assertEquals(List.of(), SCHEMA.validate(root));
    }

    private static void refused(JsonElement changed, String how) {
        assertFalse(SCHEMA.validate(changed).isEmpty(), how);
    }
}
