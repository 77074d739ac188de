// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.relay.Relay;
import org.wgj.mesh.relay.RelayHost;
import org.wgj.mesh.relay.RelayLimits;
import org.wgj.mesh.relay.RelayMember;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.DeviceOutput;
import org.wgj.protocol.device.InnerPacket;
import org.wgj.protocol.device.Peer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;

/** A machine on a {@link SimNet}: a device with, on nodes, its path manager, or with a relay. */
final class SimNode implements DeviceOutput, PathActions {
    static final String PLANE = "wg0";
    static final int MTU = 1420;

    final SimNet net;
    final long id;
    final String name;
    PrivateKey key;

    /** The key that is going to replace it; null if none is. */
    PrivateKey nextKeyOrNull;

    InetAddress address;

    /** A second address, of the other family; null without. */
    InetAddress furtherAddressOrNull;

    int port = 51820;
    SimNat nat;

    /** Its address in the plane. */
    final InetAddress inner;

    Device device;
    PathManager paths;
    PeerDirectory directory;
    Relay relayOrNull;
    List<Candidate> further = List.of();
    boolean stock;

    /** Whether the map says that it takes no relay. The simulated relay does not care. */
    boolean directOnly;

    /** Networks behind it. With one, others have it as a peer at any time. */
    List<IpPrefix> routes = List.of();

    /** Numbers of the data packets that arrived, and when. */
    record Heard(long number, long atNs, InetSocketAddress source) {}

    final List<Heard> heard = new ArrayList<>();

    /** The actions that the manager asked for, as text. */
    final List<String> asked = new ArrayList<>();

    /** Sees the path packets that the manager sends. */
    BiConsumer<PublicKey, PathPacket> onPathPacket = (_, _) -> {};

    private final Deque<Runnable> events = new ArrayDeque<>();

    private boolean working;
    private boolean up = true;

    SimNode(SimNet net, long id, String name, String address, String inner, SimNat nat) {
        this.net = net;
        this.id = id;
        this.name = name;
        this.nat = nat;
        this.address = InetAddress.ofLiteral(address);
        this.inner = InetAddress.ofLiteral(inner);
        key = PrivateKey.generate(net.random);
        boot();
        net.add(this);
    }

    /** Starts, or starts again without any memory except its key. */
    void boot() {
        device =
                new Device(
                        new Random(net.random.nextLong()),
                        () -> Instant.ofEpochSecond(1_800_000_000L).plusNanos(net.nowNs()),
                        TransportAead.best(),
                        this);
        device.setMtu(MTU);
        device.setPrivateKey(key);
        device.up(net.nowNs());
        paths = null;
        events.clear();
    }

    void startPaths(PathSettings settings) {
        paths = new PathManager(settings, this, new Random(net.random.nextLong()));
        directory = new PeerDirectory(PLANE, id, settings.eagerPeers());
        device.setPeersOnDemand(directory);
    }

    void switchOff() {
        up = false;
        device.down();
        paths = null;
    }

    boolean isUp() {
        return up;
    }

    void switchOn() {
        up = true;
        boot();
    }

    void becomeRelay() {
        relayOrNull =
                new Relay(
                        new RelayHost() {
                            @Override
                            public boolean ownsIndex(int index) {
                                return device.ownsIndex(index);
                            }

                            @Override
                            public void seek(RelayMember member, Endpoint source) {
                                events.add(
                                        () ->
                                                device.initiate(
                                                        device.peer(member.key()),
                                                        source,
                                                        net.nowNs()));
                            }
                        },
                        RelayLimits.DEFAULT,
                        net.random);
        relayOrNull.setOwnKeys(List.of(publicKey()));
        device.reserveIndices(relayOrNull::isRelayed);
    }

    PublicKey publicKey() {
        return key.publicKey();
    }

    PublicKey nextPublicKeyOrNull() {
        return nextKeyOrNull == null ? null : nextKeyOrNull.publicKey();
    }

    InetSocketAddress socket() {
        return new InetSocketAddress(address, port);
    }

    /** Returns the socket that sends to a place; null if the node has no address of its family. */
    InetSocketAddress socketTo(InetSocketAddress place) {
        boolean ipv4 = place.getAddress() instanceof Inet4Address;
        if (address instanceof Inet4Address == ipv4) {
            return socket();
        }
        return furtherAddressOrNull == null
                ? null
                : new InetSocketAddress(furtherAddressOrNull, port);
    }

    /** Adds another node as a peer; its endpoint is the manager's affair. */
    Peer meet(SimNode other) {
        Peer peer = device.addPeer(other.publicKey());
        device.addAllowedIp(peer, IpPrefix.of(other.inner, 8 * other.inner.getAddress().length));
        return peer;
    }

    void manage(SimNode other) {
        device.setManagedEndpoint(meet(other), true);
    }

    // --- inputs

    void receive(byte[] datagram, InetSocketAddress source) {
        PacketBatch batch = batch(datagram, Endpoint.of(source));
        work(
                () -> {
                    if (!isRelayed(batch, Endpoint.of(source))) {
                        device.receive(batch, net.nowNs());
                    }
                });
    }

    private boolean isRelayed(PacketBatch batch, Endpoint source) {
        if (relayOrNull == null) {
            return false;
        }
        int offset = batch.offsets()[0];
        int length = batch.lengths()[0];
        switch (relayOrNull.decide(batch.slab(), offset, length, source, net.nowNs())) {
            case TUNNEL -> {
                return false;
            }
            case FORWARD -> {
                byte[] bytes = batch.slab().asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
                net.send(this, relayOrNull.target().toSocketAddress(), bytes);
            }
            case DROP -> {}
        }
        return true;
    }

    /** Sends a numbered packet of data. */
    void sendData(SimNode to, long number) {
        sendData(to, number, 60);
    }

    /** Sends a numbered packet with so many bytes of data. */
    void sendData(SimNode to, long number, int bytes) {
        byte[] payload = ByteBuffer.allocate(bytes).putLong(number).array();
        byte[] packet =
                InnerPacket.payload(inner.getHostAddress(), to.inner.getHostAddress(), payload);
        work(() -> device.send(batch(packet, null), net.nowNs()));
    }

    void tell(MeshMap map) {
        work(
                () -> {
                    if (paths != null) {
                        paths.map(map, net.nowNs());
                    }
                });
    }

    /** Does something with the device or the manager, and then what follows from it. */
    void work(Runnable input) {
        events.add(input);
        if (working) {
            return;
        }
        working = true;
        try {
            while (!events.isEmpty()) {
                events.poll().run();
            }
        } finally {
            working = false;
        }
    }

    long nextDeadlineNs() {
        long next = up ? device.nextDeadlineNs() : Long.MAX_VALUE;
        return up && paths != null ? Math.min(next, paths.nextDeadlineNs()) : next;
    }

    void handleTimeouts() {
        work(
                () -> {
                    device.handleTimeouts(net.nowNs());
                    if (paths != null && paths.nextDeadlineNs() <= net.nowNs()) {
                        paths.handleTimeouts(net.nowNs());
                    }
                });
    }

    // --- reports

    PathReport report(SimNode other) {
        return paths.report().stream()
                .filter(r -> r.nodeId() == other.id)
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " knows no " + other.name));
    }

    /** Returns the path to another node; NONE also if it does not know that one yet. */
    PathKind kind(SimNode other) {
        return paths.report().stream()
                .filter(r -> r.nodeId() == other.id)
                .map(PathReport::kind)
                .findFirst()
                .orElse(PathKind.NONE);
    }

    boolean hasHeard(long number) {
        return heard.stream().anyMatch(h -> h.number() == number);
    }

    // --- the device's output

    private static PacketBatch batch(byte[] bytes, Endpoint endpoint) {
        int room = PacketBatch.HEADROOM + bytes.length + PacketBatch.TAILROOM;
        PacketBatch batch = new PacketBatch(room, 1);
        MemorySegment.copy(
                bytes, 0, batch.slab(), ValueLayout.JAVA_BYTE, PacketBatch.HEADROOM, bytes.length);
        batch.add(PacketBatch.HEADROOM, bytes.length, (byte) 0, endpoint);
        return batch;
    }

    private static byte[] bytes(PacketBatch batch, int i) {
        return batch.slab()
                .asSlice(batch.offsets()[i], batch.lengths()[i])
                .toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public void transmit(PacketBatch datagrams) {
        for (int i = 0; i < datagrams.count(); i++) {
            net.send(this, datagrams.endpoints()[i].toSocketAddress(), bytes(datagrams, i));
        }
    }

    @Override
    public void deliver(PacketBatch packets) {
        for (int i = 0; i < packets.count(); i++) {
            byte[] packet = bytes(packets, i);
            if (packets.endpoints()[i] == null) {
                continue; // the device's own ICMP
            }
            InetSocketAddress source = packets.endpoints()[i].toSocketAddress();
            if (PathPacket.isPathPacket(ByteBuffer.wrap(packet))) {
                events.add(
                        () -> {
                            if (paths != null) {
                                paths.packet(PLANE, source, packet, net.nowNs());
                            }
                        });
            } else {
                int header = packet[0] >> 4 == 4 ? 20 : 40;
                long number = ByteBuffer.wrap(packet).getLong(header);
                heard.add(new Heard(number, net.nowNs(), source));
            }
        }
    }

    private void learned(Peer peer) {
        if (relayOrNull != null && peer.provenEndpointOrNull() != null) {
            relayOrNull.learned(peer.publicKey(), peer.provenEndpointOrNull(), net.nowNs());
        }
    }

    @Override
    public void handshakeCompleted(Peer peer) {
        PublicKey other = peer.publicKey();
        events.add(
                () -> {
                    learned(peer);
                    if (paths != null) {
                        paths.handshakeCompleted(PLANE, other, net.nowNs());
                    }
                });
    }

    @Override
    public void endpointChanged(Peer peer) {
        InetSocketAddress endpoint = peer.status().endpoint().toSocketAddress();
        PublicKey other = peer.publicKey();
        events.add(
                () -> {
                    learned(peer);
                    if (paths != null) {
                        paths.endpointChanged(PLANE, other, endpoint, net.nowNs());
                    }
                });
    }

    @Override
    public void peerAdded(Peer peer) {
        PublicKey other = peer.publicKey();
        events.add(
                () -> {
                    if (paths != null) {
                        paths.peerAdded(PLANE, other, net.nowNs());
                    }
                });
    }

    @Override
    public void handshakeStarted(Peer peer) {
        PublicKey other = peer.publicKey();
        events.add(
                () -> {
                    if (paths != null) {
                        paths.handshakeStarted(PLANE, other, net.nowNs());
                    }
                });
    }

    @Override
    public void sessionExpired(Peer peer) {}

    // --- what the manager wants

    @Override
    public void endpoint(String plane, PublicKey peer, InetSocketAddress endpoint) {
        asked.add("endpoint " + endpoint);
        Peer known = device.peer(peer);
        if (known != null) {
            device.setEndpoint(known, Endpoint.of(endpoint));
        }
    }

    @Override
    public void handshakeEndpoints(
            String plane, PublicKey peer, List<InetSocketAddress> endpoints) {
        device.setHandshakeEndpoints(
                device.peer(peer), endpoints.stream().map(Endpoint::of).toList());
    }

    @Override
    public void initiate(String plane, PublicKey peer) {
        device.initiate(device.peer(peer), null, net.nowNs());
    }

    @Override
    public void sendVia(String plane, PublicKey peer, byte[] packet, InetSocketAddress viaOrNull) {
        onPathPacket.accept(peer, PathPacket.parse(packet));
        device.sendVia(
                device.peer(peer),
                packet,
                viaOrNull == null ? null : Endpoint.of(viaOrNull),
                net.nowNs());
    }

    @Override
    public void sendRaw(String plane, byte[] datagram, InetSocketAddress to) {
        net.send(this, to, datagram);
    }

    @Override
    public void askStatus(String plane) {
        events.add(
                () -> {
                    if (paths != null) {
                        paths.status(
                                PLANE,
                                device.peers().stream().map(Peer::status).toList(),
                                net.nowNs());
                    }
                });
    }

    @Override
    public void release(String plane, PublicKey peer) {
        device.removePeer(peer);
    }

    @Override
    public void changed() {}

    @Override
    public String toString() {
        return name;
    }
}
