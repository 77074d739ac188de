// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.tun.MemoryTun;

import java.net.InetSocketAddress;
import java.time.Duration;

/** Mistakes are reported at once, on the thread that makes them, with what is wrong. */
class TunnelArgumentsTest {
    private final Tunnel.Builder builder = Tunnel.builder(new MemoryTun("wg0", 1420));
    private final PrivateKey own = PrivateKey.generate();
    private final PublicKey peer = PrivateKey.generate().publicKey();

    private static void refused(String message, Executable call) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    private static void nullRefused(Executable call) {
        assertThrows(NullPointerException.class, call);
    }

    @Test
    void valuesOutOfRangeAreRefused() {
        refused("port -1", () -> builder.listenPort(-1));
        refused("port 65536", () -> builder.listenPort(65_536));
        refused("PT0S", () -> builder.rekeyAfter(Duration.ZERO));
        refused("PT2M0.000000001S", () -> builder.rekeyAfter(Duration.ofSeconds(120, 1)));
        refused(
                "keepalive interval 65536",
                () -> builder.peer(peer, settings -> settings.persistentKeepalive(65_536)));
        refused(
                "vpn.example:51820",
                () ->
                        builder.peer(
                                peer,
                                settings ->
                                        settings.endpoint(
                                                InetSocketAddress.createUnresolved(
                                                        "vpn.example", 51820))));
        refused(
                "port 0",
                () ->
                        builder.peer(
                                peer,
                                settings ->
                                        settings.endpoint(new InetSocketAddress("192.0.2.1", 0))));
    }

    @Test
    void nullsAreRefused() {
        nullRefused(() -> Tunnel.builder(null));
        nullRefused(() -> builder.privateKey(null));
        nullRefused(() -> builder.peer(null, settings -> {}));
        nullRefused(() -> builder.peer(peer, null));
        nullRefused(() -> builder.peer(peer, settings -> settings.endpoint(null)));
        nullRefused(() -> builder.peer(peer, settings -> settings.presharedKey(null)));
        nullRefused(() -> builder.peer(peer, settings -> settings.allowedIp(null)));
        nullRefused(() -> builder.change(null));
        nullRefused(() -> builder.listener(null));
        nullRefused(() -> builder.rekeyAfter(null));
        nullRefused(() -> builder.loops(null));
        nullRefused(() -> builder.transports(null));
        nullRefused(() -> builder.aead(null));
        nullRefused(() -> builder.filter(null));
        nullRefused(() -> builder.random(null));
        nullRefused(() -> builder.clock(null));
        nullRefused(() -> builder.wallClock(null));
    }

    @Test
    void theTunnelsOwnKeyIsRefusedAsAPeer() {
        builder.peer(own.publicKey(), settings -> {}).privateKey(own);
        refused("own public key", builder::start);
    }

    @Test
    void settingsOfAPeerAreMadeOnTheCallersThread() {
        Thread[] thread = new Thread[1];
        builder.peer(peer, settings -> thread[0] = Thread.currentThread());
        assertEquals(Thread.currentThread(), thread[0]);
    }
}
