// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

import org.wgj.coordinator.registry.JoinAnswer;
import org.wgj.coordinator.registry.JoinRequest;
import org.wgj.coordinator.registry.MeshPlan;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.TokenRequest;
import org.wgj.coordinator.serve.Coordinator;
import org.wgj.coordinator.serve.CoordinatorOptions;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.NodeReport;
import org.wgj.mesh.status.PeerReport;
import org.wgj.mesh.token.JoinToken;
import org.wgj.netstack.TunnelNet;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A coordinator in this process, and six nodes that say what a test wants them to say. Each speaks
 * through a tunnel of its own. A seventh node waits for approval.
 */
final class PageMesh implements AutoCloseable {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final String PLANE = "wg0";
    private static final List<String> NAMES =
            List.of("web-1", "web-2", "db-1", "db-2", "nas", "edge");

    private final PrivateKey key = PrivateKey.generate();
    private final Coordinator coordinator;
    private final Map<String, Member> members = new LinkedHashMap<>();

    private static final class Member implements AutoCloseable {
        private final long id;
        private final TunnelNet net;
        private final Map<Long, PeerReport> says = new TreeMap<>();

        private Member(long id, TunnelNet net) {
            this.id = id;
            this.net = net;
        }

        @Override
        public void close() {
            net.close();
        }
    }

    PageMesh(Path folder) throws IOException {
        this(folder, null);
    }

    /**
     * Makes the mesh with one node more that has any name.
     *
     * @param forgedOrNull a name that no rule need allow; null for no such node
     */
    PageMesh(Path folder, String forgedOrNull) throws IOException {
        int port;
        try (DatagramSocket free = new DatagramSocket(0, LOOPBACK)) {
            port = free.getLocalPort();
        }
        MeshPlan plan =
                MeshPlan.usual("prod", IpPrefix.parse("10.77.0.0/16"), null, false, Bytes.NONE);
        Path store = folder.resolve("store.db");
        Registry.create(Store.openFile(store), plan, InstantSource.system()).close();
        if (forgedOrNull != null) {
            forge(store, port, forgedOrNull);
        }
        coordinator = start(store, port);
        try {
            join(port);
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private Coordinator start(Path store, int port) throws IOException {
        return Coordinator.start(
                Registry.open(Store.openFile(store), InstantSource.system()),
                key,
                new CoordinatorOptions(
                        List.of(new HostPort("127.0.0.1", port)),
                        port,
                        true,
                        null,
                        null,
                        new InetSocketAddress(LOOPBACK, 0),
                        InstantSource.system()),
                (_, _) -> {});
    }

    /** Lets a node join, and renames it in the database file as an attacker could. */
    private void forge(Path store, int port, String name) throws IOException {
        try (Coordinator before = start(store, port)) {
            JoinToken token = before.registry().createToken(TokenRequest.USUAL, "root").token();
            join(before, token, "plain", PrivateKey.generate());
        }
        try (Connection file = DriverManager.getConnection("jdbc:sqlite:" + store);
                PreparedStatement node =
                        file.prepareStatement("UPDATE node SET name = ? WHERE name = 'plain'");
                PreparedStatement map =
                        file.prepareStatement(
                                "UPDATE node_history SET body = replace(body, '\"plain\"', ?)"
                                        + " WHERE body LIKE '%\"plain\"%'")) {
            node.setString(1, name);
            map.setString(1, new JsonPrimitive(name).toString());
            if (node.executeUpdate() != 1 || map.executeUpdate() == 0) {
                throw new IOException("no node was renamed in " + store);
            }
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    private void join(int port) throws IOException {
        JoinToken token = token(TokenRequest.USUAL.withUses(NAMES.size() + 2));
        for (String name : NAMES) {
            PrivateKey own = PrivateKey.generate();
            JoinAnswer answer = join(coordinator, token, name, own);
            long id = answer.nodeOrNull().id();
            members.put(name, new Member(id, tunnel(own, id, port)));
        }
        TokenRequest approved =
                new TokenRequest("printer", 1, Duration.ofHours(2), Set.of(), true, false, false);
        join(coordinator, token(approved), "printer", PrivateKey.generate());
    }

    private JoinToken token(TokenRequest request) throws IOException {
        return coordinator.registry().createToken(request, "admin root").token();
    }

    private static JoinAnswer join(
            Coordinator coordinator, JoinToken token, String name, PrivateKey own)
            throws IOException {
        return coordinator
                .registry()
                .join(
                        token.key().publicKey(),
                        JoinRequest.of(name, Map.of(PLANE, own.publicKey())),
                        new InetSocketAddress(InetAddress.ofLiteral("198.51.100.7"), 51_820));
    }

    private TunnelNet tunnel(PrivateKey own, long id, int port) throws IOException {
        MapNode node = coordinator.registry().snapshot().map().nodes().get(id);
        PublicKey peer = key.publicKey();
        return TunnelNet.builder()
                .address(node.planes().get(PLANE).addresses().getFirst())
                .tunnel(
                        tunnel ->
                                tunnel.privateKey(own)
                                        .peer(
                                                peer,
                                                p ->
                                                        p.endpoint(
                                                                        new InetSocketAddress(
                                                                                LOOPBACK, port))
                                                                .allowedIp(
                                                                        IpPrefix.parse(
                                                                                "10.77.0.1/32"))))
                .open();
    }

    /** The page's address on this machine, without a path. */
    String url() {
        return "http://127.0.0.1:" + coordinator.pages().getFirst().getPort();
    }

    /** Lets each node say that all its links are direct. */
    PageMesh direct() {
        for (String from : NAMES) {
            for (String to : NAMES) {
                if (!from.equals(to)) {
                    says(from, to, LinkKind.DIRECT, "");
                }
            }
        }
        return this;
    }

    PageMesh says(String from, String to, LinkKind kind, String reason) {
        long id = members.get(to).id;
        boolean up = kind.isUp();
        members.get(from)
                .says
                .put(
                        id,
                        new PeerReport(
                                id,
                                PLANE,
                                kind,
                                reason,
                                up ? kind == LinkKind.LAN ? 0.3 : 8.4 + id : -1,
                                up ? 40 + id : 400,
                                place(id)));
        return this;
    }

    private static InetSocketAddress place(long id) {
        return new InetSocketAddress(InetAddress.ofLiteral("198.51.100." + (id + 10)), 51_820);
    }

    void report() throws IOException {
        report("0.1.0");
    }

    /** Sends what all nodes say, through their tunnels. */
    void report(String version) throws IOException {
        for (Member member : members.values()) {
            Candidate candidate = new Candidate(Candidate.Kind.STATIC, place(member.id));
            NodeReport report =
                    new NodeReport(
                            new TreeMap<>(Map.of(PLANE, List.of(candidate))),
                            new ArrayList<>(member.says.values()),
                            version);
            post(member.net, "report", report.write());
        }
        MeshMap map = coordinator.registry().snapshot().map();
        String ack = "{\"epoch\":\"%s\",\"revision\":%d}".formatted(map.epoch(), map.revision());
        for (Member member : members.values()) {
            post(member.net, "ack", ack.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void post(TunnelNet net, String what, byte[] body) throws IOException {
        String head =
                "POST /v1/"
                        + what
                        + " HTTP/1.1\r\nHost: 10.77.0.1:7707\r\nConnection: close\r\n"
                        + "Content-Length: "
                        + body.length
                        + "\r\n\r\n";
        try (Socket socket = net.connect("10.77.0.1", 7_707, Duration.ofSeconds(30))) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().write(body);
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            // These members have no stream, and the coordinator says so after it took the revision.
            boolean taken = what.equals("ack") && answer.contains("\"no_stream\"");
            if (!taken && !answer.startsWith("HTTP/1.1 20")) {
                throw new IOException(answer);
            }
        }
    }

    /**
     * Tries to give a node another name, which no rule need allow, by a backup that was changed.
     */
    void rename(String old, String name) throws IOException {
        JsonObject export =
                JsonParser.parseString(coordinator.registry().export()).getAsJsonObject();
        String tables = export.getAsJsonObject("tables").toString();
        String changed =
                tables.replace(
                        new JsonPrimitive(old).toString(), new JsonPrimitive(name).toString());
        if (changed.equals(tables)) {
            throw new IOException("no " + old + " in " + tables);
        }
        export.add("tables", JsonParser.parseString(changed));
        export.addProperty("sha256", sha256(changed));
        coordinator.registry().restore(export.toString(), "admin root");
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public void close() {
        members.values().forEach(Member::close);
        coordinator.close();
    }
}
