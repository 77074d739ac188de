// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import org.wgj.crypto.PublicKey;
import org.wgj.process.ProcessInfo;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.HandshakeCounters;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tun.TunOffload;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.TunCounters;
import org.wgj.tunnel.TunnelCounters;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.tunnel.udp.UdpCounters;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/** Interfaces for tests. */
final class Examples {
    static final Instant NOW = Instant.ofEpochSecond(1_764_338_400);

    static final PublicKey OWN = key(1);
    static final PublicKey ALICE = key(2);
    static final PublicKey BOB = key(3);

    private Examples() {}

    static PublicKey key(int number) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) number);
        return PublicKey.of(bytes);
    }

    static PeerStatus peer(PublicKey key, Instant handshake, int keepalive, String... ranges) {
        return new PeerStatus(
                key,
                Endpoint.of(new InetSocketAddress("192.0.2.7", 51820)),
                handshake,
                123_456,
                -1, // the largest count
                keepalive,
                Arrays.stream(ranges).map(IpPrefix::parse).toList());
    }

    /** Alice had a handshake 90 s ago; Bob never. */
    static InterfaceView view(String device) {
        return view(
                device,
                peer(ALICE, NOW.minusSeconds(90), 25, "10.0.0.2/32", "fd00::2/128"),
                peer(BOB, null, 0, "10.0.0.3/32"));
    }

    static InterfaceView view(String device, PeerStatus... peers) {
        TunnelStatus status =
                new TunnelStatus(
                        device,
                        OWN,
                        51820,
                        0,
                        List.of(peers),
                        Map.of(),
                        UdpCounters.ZERO,
                        TunnelCounters.ZERO);
        return new InterfaceView(
                status, dataPath(), process(), Map.of(ALICE, "Alice \"the\\first\"\nof all"));
    }

    static DataPathInfo dataPath() {
        return new DataPathInfo(
                "java-vector",
                2,
                EnumSet.of(TunOffload.SPLIT_TCP),
                true,
                false,
                Map.of(DropReason.NO_PEER, 3L),
                new UdpCounters(1, 2, 3, 4, 5, 6, 7),
                new TunnelCounters(
                        new HandshakeCounters(11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21),
                        new TunCounters(31, 32, 33, 34),
                        41,
                        42),
                Duration.ofNanos(1500));
    }

    static ProcessInfo process() {
        return new ProcessInfo(
                "0.1.0",
                "25.0.1",
                1_764_330_000.25,
                1000,
                268_435_456,
                9,
                List.of(new ProcessInfo.Collector("Copy", 5, 1234)));
    }
}
