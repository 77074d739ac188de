// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation.DeviceState;
import org.wgj.doctor.observation.Observation.EndpointRoute;
import org.wgj.doctor.observation.Observation.Host;
import org.wgj.doctor.observation.Observation.Link;
import org.wgj.doctor.observation.Observation.Probe;
import org.wgj.doctor.observation.Observation.Reach;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Observation.TriggerResult;
import org.wgj.doctor.observation.Observation.TunnelMtu;
import org.wgj.doctor.observation.PeerView;
import org.wgj.doctor.observation.Sessions;
import org.wgj.doctor.observation.StackMtu;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.PeerStatus;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.ProbeSocket;
import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Probes the peers of a running interface without disturbing a session: a packet into the tunnel
 * makes the interface itself send an initiation.
 */
final class InterfaceProbes {
    /** Two handshake attempts, at most 5 s and a third apart (whitepaper 6.4). */
    private static final Duration TWO_ATTEMPTS = Duration.ofMillis(6_000);

    private static final Duration REFUSAL_TIMEOUT = Duration.ofMillis(700);
    private static final int POLL_MS = 100;

    /** IPv6 and UDP headers, and the header and tag of transport data. */
    private static final int MAX_OVERHEAD = 80;

    private final Subject subject;
    private final DeviceState device;
    private final Link link;
    private final List<PeerView> peers;
    private final Map<PublicKey, InetAddress> targets = new HashMap<>();

    InterfaceProbes(Host host, Subject subject) {
        this.subject = subject;
        device = subject.device();
        link = host.link(subject.name()).orElse(null);
        peers = PeerView.of(subject);
    }

    /** Probes all peers. Takes some seconds if peers do not answer. */
    Map<PublicKey, Probe> run() {
        if (link == null) {
            return routes();
        }
        if (!link.state().up()) {
            return Map.of();
        }
        for (int i = 0; i < peers.size(); i++) {
            PeerStatus peer = device.peers().get(i);
            InetAddress endpoint =
                    peer.endpoint() == null ? null : peer.endpoint().toSocketAddress().getAddress();
            InetAddress target = TunnelTarget.of(peers.get(i), peers, link.addresses(), endpoint);
            if (target != null) {
                targets.put(peer.publicKey(), target);
            }
        }
        Map<PublicKey, TriggerResult> results = trigger();
        Map<PublicKey, Probe> probes = new LinkedHashMap<>();
        try (ParallelProbes parallel = new ParallelProbes()) {
            for (PeerStatus peer : device.peers()) {
                TriggerResult result = results.get(peer.publicKey());
                parallel.run(
                        () -> probe(peer, result), probe -> probes.put(peer.publicKey(), probe));
            }
        }
        return probes;
    }

    /** What can be seen of a tunnel inside its process. */
    private Map<PublicKey, Probe> routes() {
        Map<PublicKey, Probe> probes = new LinkedHashMap<>();
        try (ParallelProbes parallel = new ParallelProbes()) {
            for (PeerStatus peer : device.peers()) {
                if (peer.endpoint() != null) {
                    InetSocketAddress endpoint = peer.endpoint().toSocketAddress();
                    int longest = longest(endpoint, StackMtu.of(subject));
                    parallel.run(
                            () -> RouteProbe.look(endpoint, device.fwmark(), longest),
                            route ->
                                    probes.put(
                                            peer.publicKey(), new Probe(route, null, null, null)));
                }
            }
        }
        return probes;
    }

    private Probe probe(PeerStatus peer, TriggerResult trigger) {
        boolean alive = isAlive(trigger == null ? peer : trigger.after());
        EndpointRoute route = null;
        Reach reach = null;
        if (peer.endpoint() != null) {
            InetSocketAddress endpoint = peer.endpoint().toSocketAddress();
            route =
                    RouteProbe.look(
                            endpoint, device.fwmark(), longest(endpoint, link.state().mtu()));
            // Without the mark the probe would take another route.
            if (!alive && device.fwmark() == 0) {
                reach = knock(peer);
            }
        }
        return new Probe(route, trigger, reach, alive ? mtu(peer) : null);
    }

    /** The length of the longest datagram of a tunnel, with its IP header. */
    static int longest(InetSocketAddress endpoint, int mtu) {
        boolean ipv4 = endpoint.getAddress() instanceof Inet4Address;
        return mtu + (ipv4 ? MAX_OVERHEAD - 20 : MAX_OVERHEAD);
    }

    private TunnelMtu mtu(PeerStatus peer) {
        InetAddress target = targets.get(peer.publicKey());
        return target == null
                ? new TunnelMtu(
                        null,
                        java.util.OptionalInt.empty(),
                        "its AllowedIPs contain no address to measure the MTU with")
                : MtuProbe.measure(target, subject.name(), link.state().mtu());
    }

    /** Sends an initiation with an unknown key: ICMP may say that no program listens. */
    private static Reach knock(PeerStatus peer) {
        PrivateKey stranger = PrivateKey.generate();
        try {
            return HandshakeProbe.call(
                    peer.endpoint().toSocketAddress(),
                    stranger,
                    peer.publicKey(),
                    PresharedKey.NONE,
                    REFUSAL_TIMEOUT);
        } finally {
            stranger.wipe();
        }
    }

    private static boolean isAlive(PeerStatus peer) {
        return Sessions.isAlive(peer, Instant.now());
    }

    /** Sends a packet to every peer without a session, and waits for the result. */
    private Map<PublicKey, TriggerResult> trigger() {
        Map<PublicKey, PeerStatus> waiting = new HashMap<>();
        for (PeerStatus peer : device.peers()) {
            InetAddress target = targets.get(peer.publicKey());
            if (peer.endpoint() != null && target != null && !isAlive(peer) && send(target)) {
                waiting.put(peer.publicKey(), peer);
            }
        }
        Map<PublicKey, TriggerResult> results = new HashMap<>();
        long begin = System.nanoTime();
        boolean done = waiting.isEmpty();
        while (!done) {
            DeviceState now = ask();
            if (now == null) {
                return results;
            }
            for (PeerStatus peer : now.peers()) {
                if (waiting.containsKey(peer.publicKey())) {
                    results.put(peer.publicKey(), new TriggerResult(peer, grown(now)));
                }
            }
            boolean allAlive =
                    waiting.keySet().stream()
                            .allMatch(
                                    key ->
                                            results.containsKey(key)
                                                    && isAlive(results.get(key).after()));
            done = allAlive || System.nanoTime() - begin > TWO_ATTEMPTS.toNanos() || !pause();
        }
        return results;
    }

    private boolean send(InetAddress target) {
        try (ProbeSocket socket = ProbeSocket.udp(target, subject.name(), 0)) {
            socket.sendEmpty();
            return true;
        } catch (ErrnoException e) {
            return false; // not permitted, or no address of that family
        }
    }

    private DeviceState ask() {
        try {
            return Observer.keylessDevice(UapiClient.of(subject.name()));
        } catch (IOException e) {
            return null;
        }
    }

    private Map<DropReason, Long> grown(DeviceState now) {
        Map<DropReason, Long> grown = new EnumMap<>(DropReason.class);
        now.drops()
                .forEach(
                        (reason, count) ->
                                grown.put(reason, count - device.drops().getOrDefault(reason, 0L)));
        return grown;
    }

    private static boolean pause() {
        try {
            Thread.sleep(POLL_MS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
