// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Observation.TunnelMtu;
import org.wgj.doctor.observation.PeerView;
import org.wgj.doctor.observation.StackMtu;
import org.wgj.doctor.observation.Through;
import org.wgj.doctor.observation.Through.NameReply;
import org.wgj.doctor.observation.Through.Reply;
import org.wgj.doctor.observation.Through.TargetReply;
import org.wgj.doctor.observation.ThroughTarget;
import org.wgj.protocol.PeerStatus;
import org.wgj.proxy.ProxyClient;
import org.wgj.tun.linux.Cidr;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.PeerConfig;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Opens the tunnel of a file inside this process, and reaches name servers and targets through it.
 *
 * <p>The peers take this process for the tunnel: they send everything here until another program
 * with the same key sends again. So the user has to ask for it, and no such program may run.
 */
final class TunnelProbe {
    /** Long enough for a second attempt at the handshake. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration FIRST_PING = Duration.ofSeconds(1);

    /** A name that exists, for a file and targets without any. */
    private static final String ANY_NAME = "example.com";

    private final ProxyClient client;
    private final Subject subject;
    private final ConfigFile config;
    private final List<PeerView> peers;
    private final int mtu;
    private final Duration patience;

    private TunnelProbe(ProxyClient client, Subject subject, Duration patience) {
        this.client = client;
        this.subject = subject;
        this.patience = patience;
        config = subject.config().orElseThrow();
        peers = PeerView.of(config);
        mtu = StackMtu.of(subject);
    }

    /**
     * Takes some seconds if there is no answer.
     *
     * @param subject has a valid file with a key, which no program uses now
     */
    static Through look(Subject subject, List<ThroughTarget> targets) {
        return look(subject, targets, PATIENCE);
    }

    /**
     * @param patience how long to wait for a target
     */
    static Through look(Subject subject, List<ThroughTarget> targets, Duration patience) {
        try (ProxyClient client =
                ProxyClient.open(subject.file().path(), System.getenv(), "wgj doctor", true)) {
            return new TunnelProbe(client, subject, patience).run(targets);
        } catch (IOException | IllegalArgumentException e) {
            return Through.failed("the tunnel does not start: " + e.getMessage());
        }
    }

    private Through run(List<ThroughTarget> targets) {
        List<NameReply> names = new ArrayList<>();
        List<TargetReply> replies = new ArrayList<>();
        try (ParallelProbes parallel = new ParallelProbes()) {
            for (InetAddress server : config.quick().dnsServers()) {
                for (String name : names(targets)) {
                    parallel.run(() -> ask(server, name, targets), names::add);
                }
            }
            targets.forEach(target -> parallel.run(() -> reach(target), replies::add));
        }
        return new Through(null, null, names, replies, mtus(names, replies));
    }

    /** The names of the targets; without any, one to see whether the servers answer. */
    private List<String> names(List<ThroughTarget> targets) {
        List<String> names =
                targets.stream()
                        .filter(ThroughTarget::isName)
                        .map(ThroughTarget::host)
                        .distinct()
                        .toList();
        if (!names.isEmpty()) {
            return names;
        }
        return List.of(
                config.device().peers().stream()
                        .map(PeerConfig::endpoint)
                        .filter(endpoint -> endpoint != null && endpoint.isName())
                        .map(HostPort::host)
                        .findFirst()
                        .orElse(ANY_NAME));
    }

    private NameReply ask(InetAddress server, String name, List<ThroughTarget> targets) {
        boolean wanted = targets.stream().anyMatch(target -> target.host().equals(name));
        Reply reply;
        List<InetAddress> addresses = List.of();
        String detail = null;
        PeerView peer = peerOf(server);
        String obstacle = StackMtu.obstacle(subject, server);
        if (peer == null) {
            reply = Reply.NOT_COVERED;
        } else if (obstacle != null) {
            reply = Reply.NO_SOURCE;
            detail = obstacle;
        } else {
            try {
                addresses = client.ask(server, name);
                reply = Reply.ANSWERED;
            } catch (UnknownHostException e) {
                // The server's failure has another type than its answer that there is none.
                Throwable why = root(e);
                boolean answered = why instanceof UnknownHostException;
                detail = answered ? null : why.getMessage();
                reply = answered ? Reply.UNKNOWN_NAME : noAnswer(peer, Reply.FAILED);
            } catch (IOException e) {
                detail = e.getMessage();
                reply = noAnswer(peer, Reply.FAILED);
            }
        }
        return new NameReply(server, name, wanted, reply, addresses, detail);
    }

    private TargetReply reach(ThroughTarget target) {
        InetAddress address;
        try {
            List<InetAddress> all = client.resolve(target.host());
            List<InetAddress> covered = all.stream().filter(each -> peerOf(each) != null).toList();
            address =
                    covered.stream()
                            .filter(each -> StackMtu.obstacle(subject, each) == null)
                            .findFirst()
                            .orElse(covered.isEmpty() ? all.getFirst() : covered.getFirst());
        } catch (IOException e) {
            return new TargetReply(
                    target, null, null, Reply.UNKNOWN_NAME, null, root(e).getMessage());
        }
        PeerView peer = peerOf(address);
        if (peer == null) {
            return new TargetReply(target, address, null, Reply.NOT_COVERED, null, null);
        }
        String obstacle = StackMtu.obstacle(subject, address);
        if (obstacle != null) {
            return new TargetReply(target, address, peer.key(), Reply.NO_SOURCE, null, obstacle);
        }
        Reply reply = Reply.ANSWERED;
        Duration time = null;
        String detail = null;
        try {
            time = reach(target, address);
        } catch (IOException e) {
            reply = reply(e, peer);
            detail = e.getMessage();
        }
        return new TargetReply(target, address, peer.key(), reply, time, detail);
    }

    /** Above it are copies of the same for the caller's trace. */
    private static Throwable root(Throwable e) {
        return e.getCause() == null ? e : root(e.getCause());
    }

    private Duration reach(ThroughTarget target, InetAddress address) throws IOException {
        if (target.port() == 0) {
            return client.ping(address, patience);
        }
        long begin = System.nanoTime();
        try (Socket _ = client.connect(target.host(), target.port(), patience)) {
            return Duration.ofNanos(System.nanoTime() - begin);
        }
    }

    private Reply reply(IOException e, PeerView peer) {
        return switch (e) {
            case SocketTimeoutException late -> noAnswer(peer, Reply.TIMED_OUT);
            case NoRouteToHostException route -> noAnswer(peer, Reply.UNREACHABLE);
            case ConnectException refused
                    when String.valueOf(refused.getMessage()).contains("refused") ->
                    Reply.REFUSED;
            default -> noAnswer(peer, Reply.FAILED);
        };
    }

    private Reply noAnswer(PeerView peer, Reply withSession) {
        return hasSession(peer.key()) ? withSession : Reply.NO_HANDSHAKE;
    }

    private boolean hasSession(PublicKey key) {
        return client.status().peers().stream()
                .filter(peer -> peer.publicKey().equals(key))
                .map(PeerStatus::lastHandshake)
                .anyMatch(last -> last != null);
    }

    /** The peer that packets to the address go to; null if there is none. */
    private PeerView peerOf(InetAddress address) {
        return TunnelTarget.peerOf(peers, address);
    }

    /** Measures to the peers that name servers or targets are behind. */
    private Map<PublicKey, TunnelMtu> mtus(List<NameReply> names, List<TargetReply> targets) {
        Map<PublicKey, List<InetAddress>> candidates = new LinkedHashMap<>();
        targets.forEach(reply -> add(candidates, reply.address()));
        names.forEach(reply -> add(candidates, reply.server()));
        List<Cidr> own =
                config.quick().addresses().stream()
                        .filter(each -> StackMtu.obstacle(subject, each.address()) == null)
                        .toList();
        for (PeerView peer : peers) {
            if (candidates.containsKey(peer.key())) {
                add(candidates, TunnelTarget.of(peer, peers, own, null));
            }
        }
        Map<PublicKey, TunnelMtu> mtus = new LinkedHashMap<>();
        candidates.forEach(
                (peer, addresses) -> {
                    if (hasSession(peer)) {
                        mtus.put(peer, mtu(addresses));
                    }
                });
        return mtus;
    }

    private void add(Map<PublicKey, List<InetAddress>> candidates, InetAddress address) {
        PeerView peer = address == null ? null : peerOf(address);
        if (peer != null && StackMtu.obstacle(subject, address) == null) {
            List<InetAddress> all =
                    candidates.computeIfAbsent(peer.key(), key -> new ArrayList<>());
            if (!all.contains(address)) {
                all.add(address);
            }
        }
    }

    /** Measures with the first address that answers pings. */
    private TunnelMtu mtu(List<InetAddress> addresses) {
        for (InetAddress address : addresses) {
            int headers = address instanceof Inet4Address ? 20 + 8 : 40 + 8;
            Duration roundTrip = ping(address, 0, FIRST_PING);
            if (roundTrip != null) {
                Duration timeout = MtuProbe.timeout(roundTrip);
                int limit =
                        MtuProbe.longest(
                                headers,
                                mtu,
                                length ->
                                        ping(address, length - headers, timeout) != null
                                                || ping(address, length - headers, timeout)
                                                        != null);
                return new TunnelMtu(address, OptionalInt.of(limit), null);
            }
        }
        return new TunnelMtu(addresses.getFirst(), OptionalInt.empty(), null);
    }

    /** Returns null if there was no answer. */
    private Duration ping(InetAddress address, int payloadBytes, Duration timeout) {
        try {
            return client.ping(address, payloadBytes, timeout);
        } catch (IOException e) {
            return null;
        }
    }
}
