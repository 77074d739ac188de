// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;

class MapJsonTest {
    private static MeshMap map() {
        SortedMap<String, List<InetAddress>> addresses = new TreeMap<>();
        addresses.put(
                "wg0",
                List.of(InetAddress.ofLiteral("10.77.0.1"), InetAddress.ofLiteral("fd77::1")));
        SortedMap<String, Membership> planes = new TreeMap<>();
        planes.put(
                "wg0",
                new Membership(
                        PrivateKey.generate().publicKey(),
                        PrivateKey.generate().publicKey(),
                        List.of(InetAddress.ofLiteral("10.77.0.2")),
                        List.of(
                                new Candidate(
                                        Candidate.Kind.LOCAL,
                                        new InetSocketAddress(
                                                InetAddress.ofLiteral("2001:db8::2"), 51820)),
                                new Candidate(
                                        Candidate.Kind.OBSERVED,
                                        new InetSocketAddress(
                                                InetAddress.ofLiteral("203.0.113.5"), 1024)))));
        SortedMap<Long, MapNode> nodes = new TreeMap<>();
        nodes.put(
                2L,
                new MapNode(
                        2,
                        "web-1",
                        planes,
                        List.of(IpPrefix.parse("192.168.2.0/24")),
                        true,
                        false,
                        Bytes.of(new byte[64])));
        nodes.put(9L, new MapNode(9, "old", new TreeMap<>(), List.of(), false, true, Bytes.NONE));
        nodes.put(
                11L,
                new MapNode(11, "d", new TreeMap<>(), List.of(), false, true, false, Bytes.NONE));
        return new MeshMap(
                "prod",
                UUID.randomUUID(),
                7,
                List.of(
                        new Plane(
                                "wg0",
                                List.of(
                                        IpPrefix.parse("10.77.0.0/16"),
                                        IpPrefix.parse("fd77::/64")),
                                51820,
                                1420)),
                List.of(
                        new MapCoordinator(
                                1,
                                PrivateKey.generate().publicKey(),
                                List.of(
                                        new HostPort("mesh.example.com", 51820),
                                        new HostPort("2001:db8::1", 51820)),
                                addresses,
                                true)),
                nodes);
    }

    @Test
    void aMapReadsBackEqual() {
        MeshMap map = map();
        MeshMap read = MapJson.readMap(MapJson.write(map));
        assertEquals(map, read);
        assertEquals(MapNodes.hash(map), MapNodes.hash(read));
        assertTrue(
                StreamLine.read(trim(StreamLine.full(map))) instanceof StreamLine.Full full
                        && full.map().equals(map)
                        && full.hash().equals(MapNodes.hash(map)));
    }

    @Test
    void aDifferenceReadsBackEqual() {
        MeshMap map = map();
        MeshMap later =
                new MeshMap(
                        map.mesh(),
                        map.epoch(),
                        8,
                        map.planes(),
                        List.of(),
                        map.nodes().headMap(3L));
        MapDelta delta = MapNodes.between(map, later);
        assertEquals(Set.of(9L, 11L), delta.removed());
        assertEquals(delta, MapJson.readDelta(MapJson.write(delta)));
        assertEquals(new StreamLine.Delta(delta), StreamLine.read(trim(StreamLine.delta(delta))));
        MapDelta unchanged = MapNodes.between(map, map);
        assertEquals(unchanged, MapJson.readDelta(MapJson.write(unchanged)));
        assertEquals(StreamLine.ALIVE, StreamLine.read(trim(StreamLine.alive())));
        assertEquals(new StreamLine.Watched(), StreamLine.read(trim(StreamLine.watched())));
    }

    private static byte[] trim(byte[] line) {
        assertEquals('\n', line[line.length - 1]);
        return Arrays.copyOf(line, line.length - 1);
    }

    @Test
    void namesThatANewerProgramAddsAreSkipped() {
        MeshMap map = map();
        String json = new String(MapJson.write(map), StandardCharsets.UTF_8);
        String newer = json.replace("\"stock\":", "\"new\":{\"a\":[1,null]},\"stock\":");
        assertEquals(map, MapJson.readMap(newer.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"mesh\":\"prod\", | `` | 'mesh' is missing",
                "\"mesh\":\"prod\" | \"mesh\":null | $.mesh: expected a string",
                "\"nodes\":[ | \"nodes\":[1, | $.nodes[0]: expected an object",
                "\"id\":9 | \"id\":2 | node 2 comes twice",
                "\"id\":9 | \"id\":\"9\" | $.nodes[1].id: expected a number",
                "\"id\":9 | \"id\":9.5 | a whole number from 0",
                "\"id\":9 | \"id\":9,\"id\":9 | each member once",
                "10.77.0.0/16 | 10.77.0.1/16 | $.planes[0].ranges[0]: expected a range",
                "203.0.113.5:1024 | example.com:1024 | candidates[1].endpoint: expected a numeric",
                "203.0.113.5:1024 | 203.0.113.5:0 | a numeric address and a port",
                "\"LOCAL\" | \"local\" | one of [STATIC, MAPPED, OBSERVED, LOCAL]",
                "\"mtu\":1420 | \"mtu\":100 | a whole number from 576 to 65535",
                "10.77.0.2\" | 10.77.0.2/32\" | expected a numeric address",
                "\"revision\":7 | \"revision\":0 | $.revision",
                "} | `` | $",
            })
    void whatIsWrongIsSaidWithItsPlace(String part, String wrong, String message) {
        String json = new String(MapJson.write(map()), StandardCharsets.UTF_8);
        assertTrue(json.contains(part), json);
        String bad = json.replaceFirst(Pattern.quote(part), wrong);
        IllegalArgumentException error =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> MapJson.readMap(bad.getBytes(StandardCharsets.UTF_8)));
        assertTrue(error.getMessage().contains(message), error.getMessage());
    }

    @Test
    void aDifferenceThatLeadsBackIsRefused() {
        String json =
                new String(MapJson.write(MapNodes.between(map(), map())), StandardCharsets.UTF_8);
        byte[] bad = json.replace("\"to\":7", "\"to\":6").getBytes(StandardCharsets.UTF_8);
        assertThrows(IllegalArgumentException.class, () -> MapJson.readDelta(bad));
    }

    @Test
    void moreThanTheLimitsIsRefused() {
        String many = "{\"removed\":[" + "1,".repeat(MapJson.MAX_NODES) + "1]}";
        IllegalArgumentException error =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> MapJson.readDelta(many.getBytes(StandardCharsets.UTF_8)));
        assertTrue(error.getMessage().contains("at most 65536 elements"), error.getMessage());
        String deep = "{\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
        assertThrows(
                IllegalArgumentException.class,
                () -> MapJson.readMap(deep.getBytes(StandardCharsets.UTF_8)));
        assertThrows(
                IllegalArgumentException.class,
                () -> JsonIn.read(new byte[11], 10, in -> in.text(10)));
    }

    @Test
    void damagedTextIsRefusedWithoutOtherErrors() {
        byte[] json = StreamLine.full(map());
        Random random = new Random(17);
        for (int round = 0; round < 3_000; round++) {
            byte[] damaged = trim(json);
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                StreamLine line = StreamLine.read(damaged);
                assertTrue(line != null);
            } catch (IllegalArgumentException e) {
                assertTrue(e.getMessage() != null);
            }
        }
    }
}
