// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.crypto.PresharedKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.MemoryTun;

import java.io.IOException;
import java.io.StringReader;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Configuration files of wg-quick in a program's hands. */
class TunnelConfigTest {
    private final TestTunnels two = new TestTunnels();
    private final PresharedKey psk = PresharedKey.generate();

    private String text(String endpoint) {
        return """
        [Interface]
        PrivateKey = %s
        Address = 10.0.0.1/24, fd00::1/64
        DNS = 10.0.0.53, example.org
        MTU = 1380
        PostUp = echo up
        FwMark = 0

        [Peer] # Bob
        PublicKey = %s
        PresharedKey = %s
        Endpoint = %s
        AllowedIPs = 10.0.0.2/32, fd00::/64
        PersistentKeepalive = 25
        """
                .formatted(
                        two.aliceKey.toBase64(),
                        two.bobKey.publicKey().toBase64(),
                        psk.toBase64(),
                        endpoint);
    }

    @Test
    void aFileIsReadWhole(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("any name"), text("[2001:db8::1]:51820"));
        TunnelConfig config = TunnelConfig.parse(file);
        assertEquals(two.aliceKey, config.privateKey());
        assertEquals("[10.0.0.1/24, fd00::1/64]", config.addresses().toString());
        assertEquals("10.0.0.53", config.dnsServers().getFirst().getHostAddress());
        assertEquals(List.of("example.org"), config.dnsSearch());
        assertEquals(OptionalInt.of(1380), config.mtu());
        assertEquals(OptionalInt.empty(), config.listenPort());
        assertEquals(OptionalInt.of(0), config.fwmark());
        TunnelConfig.Peer peer = config.peers().getFirst();
        assertEquals(two.bobKey.publicKey(), peer.publicKey());
        assertEquals(psk, peer.presharedKey());
        assertEquals(new TunnelConfig.Endpoint("2001:db8::1", 51820), peer.endpoint());
        assertEquals("[2001:db8::1]:51820", peer.endpoint().toString());
        assertEquals(OptionalInt.of(25), peer.persistentKeepalive());
        assertEquals(
                List.of(IpPrefix.parse("10.0.0.2/32"), IpPrefix.parse("fd00::/64")),
                peer.allowedIps());
        assertFalse(config.toString().contains(two.aliceKey.toBase64()));
        config.wipe();
        assertTrue(config.privateKey().isWiped() && peer.presharedKey().isWiped());
    }

    @Test
    void aMistakeIsReportedWithItsPlaceButNotItsValue() {
        String wrong =
                text("vpn.example:51820").replace("AllowedIPs = 10.0.0.2/32", "AllowedIPs = 1");
        TunnelConfigException e =
                assertThrows(
                        TunnelConfigException.class,
                        () -> TunnelConfig.parse("wg0.conf", new StringReader(wrong)));
        assertEquals("wg0.conf", e.source());
        assertEquals(13, e.line());
        assertEquals("Peer", e.section());
        assertEquals("AllowedIPs", e.key());
        assertTrue(e.getMessage().endsWith(e.reason()), e.getMessage());
        TunnelConfigException missing =
                assertThrows(
                        TunnelConfigException.class, () -> TunnelConfig.parse(Path.of("/none")));
        assertEquals(0, missing.line());
        assertNull(missing.section());
    }

    @Test
    void aTunnelStartsFromAConfigurationAndResolvesNamesAgainUntilItCan() throws Exception {
        try (Tunnel bob =
                two.bob()
                        .change(
                                editor ->
                                        editor.addPeer(two.aliceKey.publicKey()).presharedKey(psk))
                        .start()) {
            InetSocketAddress bobAddress = TestTunnels.addressOf(bob);
            AtomicInteger asked = new AtomicInteger();
            TunnelConfig config = TunnelConfig.parse("alice", text("bob.example:7"));
            try (Tunnel alice =
                    Tunnel.builder(two.alicePackets)
                            .config(config)
                            .resolver(
                                    endpoint -> {
                                        assertEquals("bob.example:7", endpoint.toString());
                                        if (asked.getAndIncrement() == 0) {
                                            throw new IOException("no answer");
                                        }
                                        return bobAddress;
                                    })
                            .start()) {
                config.wipe();
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TestTunnels.PATIENCE_S);
                byte[] received = null;
                while (received == null && System.nanoTime() < end) {
                    two.alicePackets.offer(TestTunnels.packet(1, 2));
                    received = two.bobPackets.receive(100, TimeUnit.MILLISECONDS);
                }
                assertNotNull(received);
                assertEquals(2, asked.get());
                assertEquals(
                        25, alice.status().join().peers().getFirst().persistentKeepaliveSeconds());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"old.example:7", "192.0.2.1:7"})
    void namesOfAChangedFileAreWatchedAndThoseBeforeAreNot(String before) throws Exception {
        try (Tunnel bob =
                two.bob()
                        .change(
                                editor ->
                                        editor.addPeer(two.aliceKey.publicKey()).presharedKey(psk))
                        .start()) {
            InetSocketAddress bobAddress = TestTunnels.addressOf(bob);
            AtomicInteger askedOld = new AtomicInteger();
            TunnelConfig config = TunnelConfig.parse("alice", text(before));
            try (Tunnel alice =
                    Tunnel.builder(two.alicePackets)
                            .config(config)
                            .resolver(
                                    endpoint -> {
                                        if (endpoint.toString().equals("new.example:8")) {
                                            return bobAddress;
                                        }
                                        askedOld.getAndIncrement();
                                        throw new IOException("no answer");
                                    })
                            .start()) {
                TunnelConfig changed = TunnelConfig.parse("alice", text("new.example:8"));
                // As a program does that cannot resolve the new name at once.
                alice.configure(
                                editor -> {
                                    editor.removePeer(two.bobKey.publicKey());
                                    editor.addPeer(two.bobKey.publicKey())
                                            .presharedKey(psk)
                                            .allowedIp(IpPrefix.parse("10.0.0.2/32"));
                                })
                        .join();
                alice.watchNames(changed.peers());
                int asked = askedOld.get();
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TestTunnels.PATIENCE_S);
                byte[] received = null;
                while (received == null && System.nanoTime() < end) {
                    two.alicePackets.offer(TestTunnels.packet(1, 2));
                    received = two.bobPackets.receive(100, TimeUnit.MILLISECONDS);
                }
                assertNotNull(received);
                assertTrue(askedOld.get() <= asked + 1, "a look may have been under way");
                TunnelConfig wrong = TunnelConfig.parse("alice", text("new.example:0"));
                assertThrows(IllegalArgumentException.class, () -> alice.watchNames(wrong.peers()));
            }
        }
    }

    @Test
    void aConfigurationIsCheckedBeforeTheTunnelStarts() throws IOException {
        TunnelConfig config = TunnelConfig.parse("alice", text("192.0.2.1:0"));
        Tunnel.Builder builder = Tunnel.builder(new MemoryTun("wg0", 1420));
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> builder.config(config));
        assertTrue(e.getMessage().contains("192.0.2.1:0"), e.getMessage());
    }
}
