// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.doctor.observation.Observation.Reach;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Random;

/** Probes a tunnel of our own on the loopback. */
class HandshakeProbeTest {
    private static final PrivateKey OWN = PrivateKey.generate(new Random(1));
    private static final PrivateKey OTHER = PrivateKey.generate(new Random(2));
    private static final PrivateKey THIRD = PrivateKey.generate(new Random(3));

    private static final Duration TIMEOUT = Duration.ofSeconds(4);
    private static final Duration SILENCE = Duration.ofMillis(300);

    private final PresharedKey presharedKey = PresharedKey.generate();
    private Tunnel tunnel;
    private InetSocketAddress endpoint;

    @BeforeEach
    void start() throws IOException {
        tunnel =
                Tunnel.builder(new MemoryTun("wg0", 1420))
                        .privateKey(OTHER)
                        .peer(
                                OWN.publicKey(),
                                peer ->
                                        peer.presharedKey(presharedKey)
                                                .allowedIp(IpPrefix.parse("10.0.0.1/32")))
                        .start();
        endpoint =
                new InetSocketAddress(
                        InetAddress.ofLiteral("127.0.0.1"), tunnel.status().join().listenPort());
    }

    @AfterEach
    void close() {
        tunnel.close();
    }

    private Reach call(PrivateKey key, PrivateKey peer, PresharedKey shared, Duration timeout) {
        return HandshakeProbe.call(endpoint, key, peer.publicKey(), shared, timeout);
    }

    @Test
    void aPeerThatKnowsUsAnswers() {
        assertEquals(Reach.ANSWERED, call(OWN, OTHER, presharedKey, TIMEOUT));
        // The probe sent only the initiation and never used the session.
        PeerStatus peer = tunnel.status().join().peers().getFirst();
        assertEquals(148, peer.receivedBytes());
        assertNull(peer.lastHandshake());
    }

    @Test
    void aDifferentPresharedKeyIsDistinguishedFromSilence() {
        assertEquals(Reach.ANSWERED_WRONGLY, call(OWN, OTHER, PresharedKey.NONE, TIMEOUT));
    }

    @Test
    void aWrongKeyOnEitherSideIsSilence() {
        assertEquals(Reach.SILENT, call(OWN, THIRD, presharedKey, SILENCE));
        assertEquals(Reach.SILENT, call(THIRD, OTHER, presharedKey, SILENCE));
    }

    @Test
    void aClosedPortRefuses() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, endpoint.getAddress())) {
            endpoint = new InetSocketAddress(endpoint.getAddress(), socket.getLocalPort());
        }
        assertEquals(Reach.REFUSED, call(OWN, OTHER, presharedKey, TIMEOUT));
    }
}
