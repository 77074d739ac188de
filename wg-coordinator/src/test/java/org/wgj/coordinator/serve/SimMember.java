// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapPolicy;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.mesh.map.SignedOrder;
import org.wgj.mesh.map.StreamLine;
import org.wgj.mesh.node.MapKeeper;
import org.wgj.mesh.node.SimPeers;
import org.wgj.mesh.path.LocalAddress;
import org.wgj.mesh.path.PathActions;
import org.wgj.mesh.path.PathManager;
import org.wgj.mesh.path.PathPacket;
import org.wgj.mesh.path.PathReport;
import org.wgj.mesh.path.PathSettings;
import org.wgj.mesh.path.PeerDirectory;
import org.wgj.mesh.path.RelayPlace;
import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.NodeReport;
import org.wgj.mesh.status.PeerReport;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.device.Peer;
import org.wgj.tunnel.TunnelChange;
import org.wgj.tunnel.TunnelEditor;
import org.wgj.tunnel.TunnelEvent;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A node of the parts of the real one, except sockets, files and threads: a device, the keeper of
 * the map, its policy, the peers on demand and the manager of paths. When it connects, waits and
 * reports follows CoordinatorLink, CoordinatorClient and MeshNode.
 */
final class SimMember extends SimMachine implements PathActions {
    private static final long FIRST_PAUSE = 3 * SimClock.SECOND;
    private static final long LONGEST_PAUSE = 60 * SimClock.SECOND;
    private static final long CONNECT = 5 * SimClock.SECOND;
    private static final long SILENCE = 50 * SimClock.SECOND;
    private static final long REPORT_CHANGES = 10 * SimClock.SECOND;
    private static final int REPORT_EACH = 6; // of those, also without changes
    private static final int UDP = 17;

    final long id;
    final InetAddress inner;
    final MapKeeper keeper;
    private final MapCoordinator first;
    private final SimPeers peers;
    private final PathManager paths;
    private final SimMessage.Reader reader = new SimMessage.Reader();
    private MeshMap map; // null before the first
    private long connection; // 0 without one
    private boolean open;
    private boolean full;
    private long heardNs;
    private long pauseNs = FIRST_PAUSE;
    private final long run;
    private long connects;
    private boolean changed = true;
    private int reports;

    /** When the map of now was there, by the virtual clock. */
    private long appliedNs;

    private long data;

    SimMember(
            SimClock net,
            long id,
            InetAddress inner,
            String address,
            PrivateKey key,
            MeshMap joined) {
        super(net, address, (5 + net.random.nextInt(35)) * SimClock.MS, key);
        this.id = id;
        this.inner = inner;
        first = joined.coordinators().getFirst();
        run = net.random.nextLong();
        PeerDirectory directory = new PeerDirectory(PLANE, id, PathSettings.EAGER_PEERS);
        device.setPeersOnDemand(directory);
        peers = new SimPeers(PLANE, id, directory);
        List<Plane> planes = joined.planes();
        keeper =
                new MapKeeper(
                        new MapPolicy(joined.mesh(), id, planes, Set.of(first.key()), Bytes.NONE),
                        id,
                        joined.epoch(),
                        SignedOrder.NONE,
                        _ -> false);
        paths =
                new PathManager(
                        PathSettings.of(id, false), this, new Random(net.random.nextLong()));
        paths.local(
                List.of(
                        new LocalAddress("eth0", socket.getAddress(), 32, false),
                        new LocalAddress(PLANE, inner, 16, true)),
                List.of(),
                net.nowNs());
        InetSocketAddress at =
                new InetSocketAddress(
                        InetAddress.ofLiteral(first.endpoints().getFirst().host()),
                        first.endpoints().getFirst().port());
        List<RelayPlace> relays =
                List.of(new RelayPlace(first.key(), List.of(SimCoordinator.INNER), at));
        directory.relays(relays);
        work(
                () -> {
                    change(peers.map(joined.coordinators(), null));
                    edit(editor -> editor.addPeer(first.key()).endpoint(at));
                    paths.relays(PLANE, relays, net.nowNs());
                    connect();
                });
        after(net.random.nextLong(REPORT_CHANGES), this::reportSometimes);
    }

    private void change(TunnelChange changeOrNull) {
        if (changeOrNull != null) {
            edit(changeOrNull);
        }
    }

    // --- the connection

    private void connect() {
        connection = id << 32 | ++connects;
        long mine = connection;
        String query =
                "epoch=%s&revision=%d".formatted(keeper.epoch(), full ? 0 : keeper.revision());
        SimMessage message = new SimMessage(SimMessage.Kind.CONNECT, mine, query, new byte[0]);
        // As TCP repeats a SYN.
        for (long delay : new long[] {0, SimClock.SECOND, 3 * SimClock.SECOND}) {
            after(
                    delay,
                    () -> {
                        if (connection == mine && !open) {
                            say(message);
                        }
                    });
        }
        after(
                CONNECT,
                () -> {
                    if (connection == mine && !open) {
                        ended();
                    }
                });
    }

    private void say(SimMessage message) {
        message.parts().forEach(part -> sendInner(inner, SimCoordinator.INNER, part));
    }

    private void ended() {
        open = false;
        connection = 0;
        long pause =
                pauseNs == FIRST_PAUSE
                        ? net.random.nextLong(FIRST_PAUSE)
                        : pauseNs / 2 + net.random.nextLong(pauseNs / 2);
        pauseNs = Math.min(LONGEST_PAUSE, pauseNs * 2);
        later(pause);
    }

    private long waitingUntilNs;

    private void later(long pause) {
        long at = net.nowNs() + pause;
        waitingUntilNs = at;
        after(
                pause,
                () -> {
                    if (connection == 0 && waitingUntilNs == at) {
                        connect();
                    }
                });
    }

    private void silenceWatch(long mine) {
        long left = heardNs + SILENCE - net.nowNs();
        after(
                left,
                () -> {
                    if (connection != mine || !open) {
                        return;
                    }
                    if (net.nowNs() - heardNs >= SILENCE) {
                        ended();
                    } else {
                        silenceWatch(mine);
                    }
                });
    }

    private void opened() {
        open = true;
        heardNs = net.nowNs();
        pauseNs = FIRST_PAUSE;
        full = false;
        silenceWatch(connection);
        if (map != null) {
            acknowledge();
        }
        after(200 * SimClock.MS, () -> report());
    }

    private void reconnect(long delay, boolean askFull) {
        open = false;
        connection = 0;
        full = askFull;
        later(delay);
    }

    private void acknowledge() {
        post(
                "/v1/ack",
                "{\"epoch\":\"%s\",\"revision\":%d,\"run\":\"%x\"}"
                        .formatted(keeper.epoch(), keeper.revision(), run)
                        .getBytes(StandardCharsets.US_ASCII));
    }

    private void post(String path, byte[] body) {
        if (open) {
            say(new SimMessage(SimMessage.Kind.POST, -connection, path, body));
        }
    }

    private void reportSometimes() {
        if (changed || ++reports % REPORT_EACH == 0) {
            report();
        }
        after(REPORT_CHANGES, this::reportSometimes);
    }

    private void report() {
        if (map == null || !open) {
            return;
        }
        changed = false;
        List<Candidate> local = List.of(new Candidate(Candidate.Kind.LOCAL, socket));
        List<PeerReport> all = paths.report().stream().map(SimMember::report).toList();
        post("/v1/report", new NodeReport(new TreeMap<>(Map.of(PLANE, local)), all, "sim").write());
    }

    private static PeerReport report(PathReport path) {
        return new PeerReport(
                path.nodeId(),
                path.plane(),
                LinkKind.valueOf(path.kind().name()),
                path.reasonOrNull() == null ? "" : path.reasonOrNull().text(),
                path.rttNs() < 0 ? -1 : path.rttNs() / 1e6,
                -1,
                path.endpointOrNull());
    }

    // --- what comes

    @Override
    void opened(byte[] packet, Endpoint source) {
        if (PathPacket.isPathPacket(ByteBuffer.wrap(packet))) {
            paths.packet(PLANE, source.toSocketAddress(), packet, net.nowNs());
            return;
        }
        if (!isOfCoordinator(packet)) {
            data++;
            return;
        }
        SimMessage message = reader.take(payload(packet));
        if (message == null || packet[9] != UDP) {
            return;
        }
        switch (message.kind()) {
            case REPLY -> reply(message);
            case LINE -> {
                if (message.connection() == connection) {
                    heardNs = net.nowNs();
                    line(message.body());
                }
            }
            case CLOSED -> {
                if (message.connection() == connection) {
                    ended();
                }
            }
            default -> throw new AssertionError(message.kind());
        }
    }

    private static boolean isOfCoordinator(byte[] packet) {
        return Arrays.equals(packet, 12, 16, SimCoordinator.INNER.getAddress(), 0, 4);
    }

    private void reply(SimMessage message) {
        int status = Integer.parseInt(new String(message.body(), StandardCharsets.US_ASCII));
        if (message.connection() == connection && !open) {
            if (status == 200) {
                opened();
            } else {
                ended();
            }
        } else if (status == 409 && message.connection() == -connection && open) {
            reconnect(net.random.nextLong(FIRST_PAUSE), false);
        }
    }

    private void line(byte[] line) {
        StreamLine read = StreamLine.read(Arrays.copyOf(line, line.length - 1));
        switch (keeper.receive(read, net.nowNs())) {
            case MapKeeper.Nothing() -> {}
            case MapKeeper.AskFull(String reason, long delayNs) -> reconnect(delayNs, true);
            case MapKeeper.Refused(String reason) -> throw new AssertionError(reason);
            case MapKeeper.Accepted(MeshMap usable, MeshMap whole, List<String> warnings) -> {
                map = usable;
                change(peers.map(usable.coordinators(), usable));
                paths.map(usable, net.nowNs());
                appliedNs = net.nowNs();
                acknowledge();
            }
        }
    }

    @Override
    void told(TunnelEvent event) {
        long now = net.nowNs();
        switch (event) {
            case TunnelEvent.PeerAdded(var peer) -> {
                change(peers.added(peer));
                paths.peerAdded(PLANE, peer, now);
            }
            case TunnelEvent.HandshakeStarted(var peer) -> {
                if (peer.equals(first.key())) {
                    peers.askedCoordinator(now);
                }
                paths.handshakeStarted(PLANE, peer, now);
            }
            case TunnelEvent.HandshakeCompleted(var peer) -> {
                paths.handshakeCompleted(PLANE, peer, now);
                if (peer.equals(first.key())) {
                    coordinatorAnswered();
                }
            }
            case TunnelEvent.EndpointChanged(var peer, var endpoint) ->
                    paths.endpointChanged(PLANE, peer, endpoint, now);
            default -> {}
        }
    }

    private void coordinatorAnswered() {
        if (connection == 0 && waitingUntilNs - net.nowNs() > FIRST_PAUSE) {
            pauseNs = FIRST_PAUSE;
            later(net.random.nextLong(FIRST_PAUSE));
        }
        if (peers.coordinatorAnswered(net.nowNs()) && map != null) {
            acknowledge();
        }
    }

    @Override
    long nextNs() {
        return paths == null ? Long.MAX_VALUE : paths.nextDeadlineNs();
    }

    @Override
    void due() {
        paths.handleTimeouts(net.nowNs());
    }

    // --- for tests

    boolean isOpen() {
        return open;
    }

    MeshMap map() {
        return map;
    }

    long appliedNs() {
        return appliedNs;
    }

    /** Returns how many packets of other nodes have come. */
    long data() {
        return data;
    }

    List<PathReport> links() {
        return paths.report();
    }

    void sendData(SimMember to) {
        sendInner(inner, to.inner, new byte[60]);
    }

    // --- actions of the manager of paths

    private void edit(PublicKey peer, Consumer<TunnelEditor.PeerEditor> edit) {
        edit(editor -> editor.peer(peer).ifPresent(edit));
    }

    @Override
    public void endpoint(String plane, PublicKey peer, InetSocketAddress endpoint) {
        edit(peer, editor -> editor.endpoint(endpoint));
    }

    @Override
    public void handshakeEndpoints(
            String plane, PublicKey peer, List<InetSocketAddress> endpoints) {
        edit(peer, editor -> editor.handshakeEndpoints(endpoints));
    }

    @Override
    public void initiate(String plane, PublicKey peer) {
        edit(peer, TunnelEditor.PeerEditor::initiate);
    }

    @Override
    public void sendVia(String plane, PublicKey peer, byte[] packet, InetSocketAddress viaOrNull) {
        work(
                () -> {
                    Peer known = device.peer(peer);
                    if (known != null) {
                        device.sendVia(
                                known,
                                packet,
                                viaOrNull == null ? null : Endpoint.of(viaOrNull),
                                net.nowNs());
                    }
                });
    }

    @Override
    public void sendRaw(String plane, byte[] datagram, InetSocketAddress to) {
        net.send(this, Endpoint.of(to), datagram);
    }

    @Override
    public void askStatus(String plane) {
        work(
                () ->
                        paths.status(
                                PLANE,
                                device.peers().stream().map(Peer::status).toList(),
                                net.nowNs()));
    }

    @Override
    public void release(String plane, PublicKey peer) {
        change(peers.released(peer));
    }

    @Override
    public void changed() {
        changed = true;
    }
}
