// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.device.Datagram;
import org.wgj.protocol.device.Node;
import org.wgj.protocol.device.Peer;
import org.wgj.protocol.device.TestNet;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Members of plane wg0 on a simulated network, with a relay on the port of the node {@link #hub}.
 * They know one another at the hub's address only, as stock peers do.
 */
final class RelayNet extends TestNet {
    static final String PLANE = "wg0";

    final Node hub;
    final List<Node> members = new ArrayList<>();

    /** The datagrams of the relay, as they left. */
    final List<Datagram> forwarded = new ArrayList<>();

    final List<Endpoint> sought = new ArrayList<>();

    Relay relay;

    /** A NAT between a member and the hub, for each datagram to the hub and from it. */
    Wire outside = Wire.HONEST;

    private int toldSoFar;

    RelayNet(long seed, RelayLimits limits, int count) {
        super(seed);
        hub = node("hub");
        startRelay(limits);
        for (int i = 0; i < count; i++) {
            Node member = node("member " + i);
            hub.meet(member);
            member.meetAtItsAddress(hub);
            member.device.setPersistentKeepalive(member.peer(hub), 25);
            for (Node other : members) {
                meetAtTheRelay(member, other);
                meetAtTheRelay(other, member);
            }
            members.add(member);
            relay.add(memberOf(member));
        }
        wire = this::carry;
    }

    void startRelay(RelayLimits limits) {
        relay =
                new Relay(
                        new RelayHost() {
                            @Override
                            public boolean ownsIndex(int index) {
                                return hub.device.ownsIndex(index);
                            }

                            @Override
                            public void seek(RelayMember member, Endpoint source) {
                                sought.add(source);
                                Peer peer = hub.device.peer(member.key());
                                after(0, () -> hub.device.initiate(peer, source, nowNs()));
                            }
                        },
                        limits,
                        new Random(seed));
        relay.setOwnKeys(List.of(hub.publicKey()));
        hub.device.reserveIndices(index -> relay.isRelayed(index));
    }

    RelayMember memberOf(Node node) {
        return new RelayMember(members.indexOf(node) + 100 + hash(node), PLANE, node.publicKey());
    }

    private static int hash(Node node) {
        return 1000 * Integer.parseInt(node.ipv4.substring(node.ipv4.lastIndexOf('.') + 1));
    }

    void meetAtTheRelay(Node one, Node other) {
        one.meet(other);
        one.device.setEndpoint(one.peer(other), hub.address);
    }

    /** Lets every member have a session with the hub. */
    RelayNet joined() {
        for (Node member : members) {
            member.sendTo(hub, "hello");
        }
        settle();
        learn();
        forgetLog();
        forwarded.clear();
        members.forEach(member -> member.received.clear());
        return this;
    }

    /** Tells the relay what the hub's own sessions have proved, as the filter does. */
    void learn() {
        for (Node.Told told : hub.told.subList(toldSoFar, hub.told.size())) {
            Peer peer = hub.device.peer(told.peer());
            boolean moved =
                    told.event() == Node.Event.HANDSHAKE_COMPLETED
                            || told.event() == Node.Event.ENDPOINT_CHANGED;
            if (moved && peer != null && peer.provenEndpointOrNull() != null) {
                relay.learned(told.peer(), peer.provenEndpointOrNull(), nowNs());
            } else if (told.event() == Node.Event.SESSION_EXPIRED) {
                relay.lost(told.peer());
            }
        }
        toldSoFar = hub.told.size();
    }

    private List<Datagram> carry(Datagram sent) {
        List<Datagram> arrived = new ArrayList<>();
        for (Datagram datagram : outside.carry(sent)) {
            if (!datagram.destination().sameRemote(hub.address)) {
                arrived.add(datagram);
                continue;
            }
            switch (decide(datagram.source(), datagram.bytes())) {
                case TUNNEL -> arrived.add(datagram);
                case FORWARD -> {
                    Datagram out =
                            datagram.withSource(hub.address)
                                    .withDestination(relay.target())
                                    .delayedBy(latencyNs);
                    forwarded.add(out);
                    arrived.addAll(outside.carry(out));
                }
                case DROP -> {}
            }
        }
        return arrived;
    }

    /** The list of what the hub has told was cleared. */
    void forgetTold() {
        toldSoFar = 0;
    }

    /** Asks the relay about a datagram that arrives now. */
    Relay.Verdict decide(Endpoint source, byte[] bytes) {
        learn();
        return relay.decide(MemorySegment.ofArray(bytes), 0, bytes.length, source, nowNs());
    }

    long drops(RelayDrop reason) {
        return relay.statistics(nowNs()).drops().get(reason);
    }

    long allDrops() {
        return relay.statistics(nowNs()).drops().values().stream().mapToLong(n -> n).sum();
    }

    /** Everything that an attacker must not change. */
    String state() {
        RelayStatistics now = relay.statistics(nowNs());
        return List.of(
                        now.forwardedPackets(),
                        now.liveMembers(),
                        now.handshakes(),
                        now.sessions(),
                        java.util.HexFormat.of().formatHex(relay.snapshot(nowNs(), 0)))
                .toString();
    }
}
