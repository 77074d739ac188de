// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.mesh.relay.RelayMember;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.Peer;
import org.wgj.tunnel.config.HostPort;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** A coordinator with a relay, and nodes that join it, on a {@link SimNet}. */
final class SimMesh {
    static final InetSocketAddress RELAY = SimNet.socket("203.0.113.1", 51820);
    static final InetSocketAddress RELAY_6 = SimNet.socket("2001:db8::1", 51820);

    final SimNet net;
    final SimNode coordinator;
    final List<SimNode> nodes = new ArrayList<>();
    boolean relaying = true;

    /** Whether the nodes that are made from now on have IPv6 in the plane, and no IPv4. */
    boolean ipv6Inside;

    private static final long SETTLE_NS = 1_500 * SimNet.MS;
    private static final long APART_NS = SimNet.SECOND;
    private static final long OLD_KEY_NS = 15 * SimNet.SECOND;

    /** The keys of the other nodes in the map that a node has. */
    private final Map<SimNode, Map<Long, PublicKey>> known = new HashMap<>();

    private long revision;

    SimMesh(long seed) {
        net = new SimNet(seed);
        coordinator = new SimNode(net, 1, "coordinator", "203.0.113.1", "10.77.0.1", null);
        coordinator.furtherAddressOrNull = RELAY_6.getAddress();
        coordinator.becomeRelay();
    }

    /** Makes a machine with a public address. */
    SimNode open(long id) {
        return node(id, "198.51.100." + id, null);
    }

    /** Makes a machine behind a router of its own. */
    SimNode behind(SimNat.Type type, long id) {
        return node(id, "192.168.1." + id, new SimNat(type, "198.51.100." + id));
    }

    /** Makes a machine with a public IPv6 address and no IPv4. */
    SimNode open6(long id) {
        return node(id, "2001:db8:1::" + id, null);
    }

    /** Makes a machine with IPv6 behind a router that lets answers in. */
    SimNode behindFirewall6(long id) {
        String address = "2001:db8:" + id + "::2";
        return node(id, address, new SimNat(SimNat.Type.FIREWALL, address));
    }

    SimNode behind(SimNat nat, long id) {
        return node(id, "192.168.1." + id, nat);
    }

    private SimNode node(long id, String address, SimNat nat) {
        String inner = (ipv6Inside ? "fd77::" : "10.77.0.") + id;
        SimNode node = new SimNode(net, id, "n" + id, address, inner, nat);
        nodes.add(node);
        return node;
    }

    /** Connects a node to the coordinator, and lets all know of it. */
    void join(SimNode node, boolean newcomer) {
        connect(node, PathSettings.of(node.id, newcomer));
        publish();
    }

    void connect(SimNode node, PathSettings settings) {
        coordinator.meet(node);
        coordinator.relayOrNull.add(new RelayMember(node.id, SimNode.PLANE, node.publicKey()));
        Peer peer = node.meet(coordinator);
        node.device.setEndpoint(peer, Endpoint.of(relay(node)));
        node.device.setPersistentKeepalive(peer, 25);
        node.startPaths(settings);
        node.work(() -> node.device.peerConfigured(peer, net.nowNs()));
        net.run(100 * SimNet.MS); // the coordinator has seen it
        node.work(
                () -> {
                    node.paths.local(local(node), List.of(), net.nowNs());
                    node.directory.relays(relays(node));
                    node.paths.relays(SimNode.PLANE, relays(node), net.nowNs());
                });
    }

    List<LocalAddress> local(SimNode node) {
        int host = 8 * node.address.getAddress().length;
        int network = host == 32 ? 24 : 64;
        return List.of(
                new LocalAddress("eth0", node.address, node.nat == null ? host : network, false),
                new LocalAddress(
                        "wg0", node.inner, node.inner instanceof Inet4Address ? 16 : 64, true));
    }

    /** Returns the relay's place of the family that a node has. */
    private static InetSocketAddress relay(SimNode node) {
        return node.socketTo(RELAY) == null ? RELAY_6 : RELAY;
    }

    private List<RelayPlace> relays(SimNode node) {
        return relaying
                ? List.of(
                        new RelayPlace(
                                coordinator.publicKey(), List.of(coordinator.inner), relay(node)))
                : List.of();
    }

    /** Sends all nodes the map of now. */
    void publish() {
        MeshMap map = map();
        for (SimNode node : nodes) {
            if (node.paths != null) {
                net.after(net.latencyNs, () -> apply(node, map));
            }
        }
    }

    private void apply(SimNode node, MeshMap map) {
        node.directory.map(map);
        for (SimNode other : nodes) {
            if (other != node && map.nodes().containsKey(other.id)) {
                changeKey(node, other, map.nodes().get(other.id).planes().get(SimNode.PLANE));
            }
            if (other != node
                    && (!node.directory.isLarge() || !other.routes.isEmpty())
                    && map.nodes().containsKey(other.id)
                    && node.device.peer(other.publicKey()) == null) {
                if (node.stock || other.stock) {
                    node.meet(other);
                } else {
                    node.manage(other);
                }
            }
        }
        node.tell(map);
    }

    /** Does with a node's keys what a node does with those of a map. */
    private void changeKey(SimNode node, SimNode other, Membership member) {
        Device device = node.device;
        PublicKey key = member.key();
        PublicKey before = known.computeIfAbsent(node, any -> new HashMap<>()).put(other.id, key);
        if (before != null && !before.equals(key) && device.peer(before) != null) {
            Peer peer = device.addPeer(key);
            device.setManagedEndpoint(peer, true);
            device.setStandsInFor(peer, null);
            device.addAllowedIp(peer, IpPrefix.host(other.inner));
            Peer old = device.peer(before);
            device.setStandsInFor(old, key);
            device.setHandshakesAllowed(old, false);
            net.after(OLD_KEY_NS, () -> node.work(() -> device.removePeer(before)));
        }
        PublicKey next = member.pendingKeyOrNull();
        if (next != null && device.peer(next) == null) {
            Peer peer = device.addPeer(next);
            device.setManagedEndpoint(peer, true);
            device.setStandsInFor(peer, key);
        }
    }

    /** Changes a node's key as the node and its coordinator do it. */
    void changeKey(SimNode node) {
        node.nextKeyOrNull = PrivateKey.generate(net.random);
        coordinator.device.addPeer(node.nextPublicKeyOrNull());
        setMembers();
        publish();
        net.after(SETTLE_NS, () -> useNextKey(node));
    }

    private void useNextKey(SimNode node) {
        Device device = node.device;
        node.work(
                () -> {
                    device.renewPrivateKey(node.nextKeyOrNull);
                    for (Peer peer : List.copyOf(device.peers())) {
                        if (!peer.publicKey().equals(coordinator.publicKey())
                                && peer.status().lastHandshake() != null) {
                            device.initiate(peer, null, net.nowNs());
                        }
                    }
                });
        net.after(
                APART_NS,
                () ->
                        node.work(
                                () ->
                                        device.initiate(
                                                device.peer(coordinator.publicKey()),
                                                null,
                                                net.nowNs())));
        net.after(APART_NS, () -> confirm(node));
    }

    /** The coordinator waits until it has heard the next key. */
    private void confirm(SimNode node) {
        Peer next = coordinator.device.peer(node.nextPublicKeyOrNull());
        if (next.status().lastHandshake() == null) {
            net.after(SimNet.MS, () -> confirm(node));
            return;
        }
        node.key = node.nextKeyOrNull;
        node.nextKeyOrNull = null;
        coordinator.device.addAllowedIp(next, IpPrefix.host(node.inner));
        setMembers();
        publish();
    }

    private void setMembers() {
        List<RelayMember> members = new ArrayList<>();
        for (SimNode node : nodes) {
            members.add(new RelayMember(node.id, SimNode.PLANE, node.publicKey()));
            if (node.nextKeyOrNull != null) {
                members.add(new RelayMember(node.id, SimNode.PLANE, node.nextPublicKeyOrNull()));
            }
        }
        coordinator.relayOrNull.setMembers(members);
    }

    MeshMap map() {
        TreeMap<Long, MapNode> all = new TreeMap<>();
        for (SimNode node : nodes) {
            if (coordinator.device.peer(node.publicKey()) == null) {
                continue; // has not joined yet
            }
            List<Candidate> candidates = new ArrayList<>(node.further);
            Endpoint seen = coordinator.device.peer(node.publicKey()).status().endpoint();
            if (seen != null) {
                candidates.add(new Candidate(Candidate.Kind.OBSERVED, seen.toSocketAddress()));
            }
            candidates.add(new Candidate(Candidate.Kind.LOCAL, node.socket()));
            all.put(
                    node.id,
                    new MapNode(
                            node.id,
                            node.name,
                            new TreeMap<>(
                                    Map.of(
                                            SimNode.PLANE,
                                            new Membership(
                                                    node.publicKey(),
                                                    node.nextPublicKeyOrNull(),
                                                    List.of(node.inner),
                                                    candidates))),
                            node.routes,
                            false,
                            node.directOnly,
                            node.stock,
                            Bytes.NONE));
        }
        return new MeshMap(
                "sim",
                new UUID(1, 1),
                ++revision,
                List.of(
                        new Plane(
                                SimNode.PLANE,
                                List.of(
                                        IpPrefix.parse("10.77.0.0/16"),
                                        IpPrefix.parse("fd77::/64")),
                                51820,
                                SimNode.MTU)),
                List.of(
                        new MapCoordinator(
                                1,
                                coordinator.publicKey(),
                                List.of(
                                        new HostPort("203.0.113.1", 51820),
                                        new HostPort("2001:db8::1", 51820)),
                                new TreeMap<>(
                                        Map.of(
                                                SimNode.PLANE,
                                                List.of(InetAddress.ofLiteral("10.77.0.1")))),
                                true)),
                all);
    }

    /** Sends numbered packets both ways each 10 ms for a while, beginning with a number. */
    void exchange(SimNode a, SimNode b, long first, int count) {
        for (int i = 0; i < count; i++) {
            long number = first + i;
            net.after(
                    i * 10 * SimNet.MS,
                    () -> {
                        a.sendData(b, number);
                        b.sendData(a, number);
                    });
        }
    }
}
