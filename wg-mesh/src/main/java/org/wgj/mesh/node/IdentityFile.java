// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.enrol.EnrolPlane;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.JsonIn;
import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapJson;
import org.wgj.mesh.relay.RelayLimits;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** The identity as the file {@code identity.json} of a node's folder, mode 0600. */
public final class IdentityFile {
    private static final String FILE = "identity.json";
    private static final int VERSION = 1;
    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_METRICS = 255;
    private static final int KEY_TEXT = 44;
    private static final int MACHINE_TEXT = 64;

    private IdentityFile() {}

    /**
     * Reads the identity.
     *
     * @param folder the node's folder
     * @return the identity; empty if there is none
     * @throws IOException if the file cannot be read or is damaged; the message has no key
     */
    public static Optional<Identity> read(NodeFolder folder) throws IOException {
        Optional<byte[]> text = folder.read(FILE);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(JsonIn.read(text.get(), MAX_BYTES, IdentityFile::identity));
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    folder.path().resolve(FILE)
                            + " is damaged ("
                            + e.getMessage()
                            + "): restore it, or delete it and join again",
                    e);
        } finally {
            Arrays.fill(text.get(), (byte) 0);
        }
    }

    /**
     * Writes the identity.
     *
     * @param folder the node's folder
     * @param identity the new identity
     * @throws IOException if it fails; the old file is left then
     */
    public static void write(NodeFolder folder, Identity identity) throws IOException {
        byte[] json = JsonOut.write(out -> identity(out, identity));
        try {
            folder.write(FILE, json);
        } finally {
            Arrays.fill(json, (byte) 0);
        }
    }

    /**
     * Deletes the identity and all that belongs to it. The mark of the clock goes too: another
     * identity has other keys.
     *
     * @param folder the node's folder
     * @throws IOException if a file cannot be deleted
     */
    public static void delete(NodeFolder folder) throws IOException {
        for (String name :
                List.of(
                        MapFile.FILE,
                        OrderFile.FILE,
                        "clock",
                        EpochConsent.FILE,
                        "removed",
                        FILE)) {
            folder.delete(name);
        }
    }

    private static void identity(JsonOut out, Identity identity) {
        out.number("v", VERSION);
        out.text("machine", identity.machine());
        out.object("keys", keys -> identity.keys().forEach((plane, key) -> key(keys, plane, key)));
        if (!identity.nextKeys().isEmpty()) {
            out.object(
                    "next",
                    next ->
                            identity.nextKeys()
                                    .forEach(
                                            (plane, key) -> next.object(plane, o -> next(o, key))));
        }
        out.object("options", o -> options(o, identity.options()));
        out.text("lock", identity.lockKey().isEmpty() ? null : identity.lockKey().toString());
        out.texts(
                "trusted",
                identity.tokenCoordinators().stream().map(PublicKey::toBase64).sorted().toList());
        if (identity.memberOrNull() != null) {
            out.object("member", o -> member(o, identity.memberOrNull()));
        }
    }

    private static void key(JsonOut out, String plane, PrivateKey key) {
        out.text(plane, key.toBase64());
    }

    private static void next(JsonOut out, Identity.NextKey next) {
        key(out, "key", next.key());
        out.flag("used", next.used());
    }

    private static void options(JsonOut out, NodeOptions options) {
        out.number("port", options.port());
        out.flag("shared_port", options.sharedPort());
        out.texts("advertised", options.advertised());
        out.flag("accept_routes", options.acceptRoutes());
        out.flag("userspace", options.userspace());
        out.flag("relay", options.relay());
        out.flag("direct_only", options.directOnly());
        out.flag("hosts", options.hosts());
        out.number("relay_node_bytes", options.relayLimits().memberBytesPerSecond());
        out.number("relay_bytes", options.relayLimits().totalBytesPerSecond());
        if (options.metricsOrNull() != null) {
            out.text("metrics", options.metricsOrNull().address());
            out.text("metrics_peers", options.metricsOrNull().peers());
        }
        if (options.endpointOrNull() != null) {
            out.text("endpoint_host", options.endpointOrNull().host());
            out.number("endpoint_port", options.endpointOrNull().port());
        }
    }

    private static void member(JsonOut out, Identity.Member member) {
        out.number("node", member.node());
        out.text("name", member.name());
        out.text("mesh", member.mesh());
        out.text("epoch", member.epoch().toString());
        out.list("planes", member.planes(), plane -> out.object(o -> plane(o, plane)));
        MapJson.coordinators(out, "coordinators", member.coordinators());
    }

    private static void plane(JsonOut out, EnrolPlane plane) {
        out.text("name", plane.name());
        out.texts("ranges", plane.ranges());
        out.number("port", plane.port());
        out.number("mtu", plane.mtu());
        out.addresses("addresses", plane.addresses());
    }

    private static Identity identity(JsonIn in) {
        class Draft {
            Long version;
            String machine;
            SortedMap<String, PrivateKey> keys;
            SortedMap<String, Identity.NextKey> next = new TreeMap<>();
            NodeOptions options;
            Bytes lock = Bytes.NONE;
            List<PublicKey> trusted;
            Identity.Member member;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "v" -> draft.version = in.number(VERSION, VERSION);
                        case "machine" -> draft.machine = in.text(MACHINE_TEXT);
                        case "keys" ->
                                draft.keys =
                                        in.map(
                                                MapJson.MAX_PLANES,
                                                MapJson.MAX_PLANE_NAME,
                                                () -> privateKey(in));
                        case "next" ->
                                draft.next =
                                        in.map(
                                                MapJson.MAX_PLANES,
                                                MapJson.MAX_PLANE_NAME,
                                                () -> next(in));
                        case "options" -> draft.options = options(in);
                        case "lock" -> draft.lock = in.bytes(32);
                        case "trusted" ->
                                draft.trusted = in.list(MapJson.MAX_COORDINATORS, in::key);
                        case "member" -> draft.member = member(in);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        in.required(draft.version, "v");
        return new Identity(
                in.required(draft.machine, "machine"),
                in.required(draft.keys, "keys"),
                draft.next,
                in.required(draft.options, "options"),
                draft.lock,
                new HashSet<>(in.required(draft.trusted, "trusted")),
                draft.member);
    }

    private static Identity.NextKey next(JsonIn in) {
        class Draft {
            PrivateKey key;
            Boolean used;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "key" -> draft.key = privateKey(in);
                        case "used" -> draft.used = in.flag();
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new Identity.NextKey(in.required(draft.key, "key"), in.required(draft.used, "used"));
    }

    private static PrivateKey privateKey(JsonIn in) {
        String text = in.text(KEY_TEXT);
        try {
            return PrivateKey.fromBase64(text);
        } catch (IllegalArgumentException e) {
            throw in.wrong("a private key");
        }
    }

    private static NodeOptions options(JsonIn in) {
        class Draft {
            long port;
            boolean sharedPort;
            List<IpPrefix> advertised = List.of();
            boolean acceptRoutes;
            boolean userspace;
            boolean relay;
            boolean directOnly;
            boolean hosts;
            String host;
            long hostPort;
            long relayNodeBytes;
            long relayBytes;
            String metrics;
            String metricsPeers = "all";
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "port" -> draft.port = in.number(0, 65_535);
                        case "shared_port" -> draft.sharedPort = in.flag();
                        case "advertised" ->
                                draft.advertised = in.list(MapJson.MAX_ROUTES, in::prefix);
                        case "accept_routes" -> draft.acceptRoutes = in.flag();
                        case "userspace" -> draft.userspace = in.flag();
                        case "relay" -> draft.relay = in.flag();
                        case "direct_only" -> draft.directOnly = in.flag();
                        case "hosts" -> draft.hosts = in.flag();
                        case "relay_node_bytes" ->
                                draft.relayNodeBytes = in.number(0, RelayLimits.MOST_BYTES);
                        case "relay_bytes" ->
                                draft.relayBytes = in.number(0, RelayLimits.MOST_BYTES);
                        case "metrics" -> draft.metrics = in.text(MAX_METRICS);
                        case "metrics_peers" -> draft.metricsPeers = in.text(MAX_METRICS);
                        case "endpoint_host" -> draft.host = in.text(255);
                        case "endpoint_port" -> draft.hostPort = in.number(0, 65_535);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new NodeOptions(
                (int) draft.port,
                draft.sharedPort,
                draft.advertised,
                draft.acceptRoutes,
                draft.userspace,
                draft.relay,
                draft.directOnly,
                draft.hosts,
                draft.host == null ? null : new HostPort(draft.host, (int) draft.hostPort),
                RelayLimits.DEFAULT.withBytes(draft.relayNodeBytes, draft.relayBytes),
                draft.metrics == null
                        ? null
                        : new NodeOptions.Metrics(draft.metrics, draft.metricsPeers));
    }

    private static Identity.Member member(JsonIn in) {
        class Draft {
            Long node;
            String name;
            String mesh;
            UUID epoch;
            List<EnrolPlane> planes;
            List<MapCoordinator> coordinators;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "node" -> draft.node = in.number(0, Long.MAX_VALUE);
                        case "name" -> draft.name = in.text(MapJson.MAX_NAME);
                        case "mesh" -> draft.mesh = in.text(MapJson.MAX_NAME);
                        case "epoch" -> draft.epoch = in.uuid();
                        case "planes" ->
                                draft.planes = in.list(MapJson.MAX_PLANES, () -> plane(in));
                        case "coordinators" -> draft.coordinators = MapJson.coordinators(in);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new Identity.Member(
                in.required(draft.node, "node"),
                in.required(draft.name, "name"),
                in.required(draft.mesh, "mesh"),
                in.required(draft.epoch, "epoch"),
                in.required(draft.planes, "planes"),
                in.required(draft.coordinators, "coordinators"));
    }

    private static EnrolPlane plane(JsonIn in) {
        class Draft {
            String name;
            List<IpPrefix> ranges;
            Long port;
            Long mtu;
            List<InetAddress> addresses;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "name" -> draft.name = in.text(MapJson.MAX_PLANE_NAME);
                        case "ranges" -> draft.ranges = in.list(2, in::prefix);
                        case "port" -> draft.port = in.number(1, 65_535);
                        case "mtu" -> draft.mtu = in.number(576, 65_535);
                        case "addresses" -> draft.addresses = in.list(2, in::address);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new EnrolPlane(
                in.required(draft.name, "name"),
                in.required(draft.ranges, "ranges"),
                in.required(draft.port, "port").intValue(),
                in.required(draft.mtu, "mtu").intValue(),
                in.required(draft.addresses, "addresses"));
    }
}
