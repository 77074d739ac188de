// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.MemoryTun;
import org.wgj.tun.PacketOutcome;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The memory that the tunnels of one program use together for waiting packets. */
class TunnelMemoryTest {
    private static final int TUNNELS = 8;
    private static final int PEERS = 12;
    private static final int PACKETS = 128;
    private static final int LENGTH = 30_000;

    @Test
    void eightTunnelsTogetherKeepNoMoreThan32MiBOfPacketsForSilentPeers() throws Exception {
        List<MemoryTun> tuns = new ArrayList<>();
        List<Tunnel> tunnels = new ArrayList<>();
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < TUNNELS; i++) {
                MemoryTun tun = new MemoryTun("wg" + i, 65_000);
                tuns.add(tun);
                tunnels.add(start(tun, (InetSocketAddress) silent.getLocalSocketAddress()));
            }
            for (MemoryTun tun : tuns) {
                for (int peer = 1; peer <= PEERS; peer++) {
                    for (int i = 0; i < PACKETS; i++) {
                        send(tun, peer);
                    }
                }
            }
            int kept = 0;
            for (int i = 0; i < TUNNELS; i++) {
                awaitAllRead(tuns.get(i));
                var drops = tunnels.get(i).status().join().drops();
                long ofThis = PEERS * PACKETS - drops.get(DropReason.STAGED_DROPPED);
                assertEquals((32 << 20) / TUNNELS / LENGTH, ofThis, "of " + tunnels.get(i));
                kept += (int) ofThis * LENGTH;
            }
            System.out.printf("%d tunnels keep %.1f MiB%n", TUNNELS, kept / 1048576.0);
        } finally {
            tunnels.forEach(Tunnel::close);
        }
    }

    private static Tunnel start(MemoryTun tun, InetSocketAddress silent) throws Exception {
        Tunnel.Builder builder = Tunnel.builder(tun).privateKey(PrivateKey.generate());
        for (int i = 1; i <= PEERS; i++) {
            IpPrefix address = IpPrefix.parse("10.0.0." + i + "/32");
            builder.peer(
                    PrivateKey.generate().publicKey(),
                    peer -> peer.endpoint(silent).allowedIp(address));
        }
        return builder.start();
    }

    /** Sends a packet to 10.0.0.TO; waits while the tunnel has much to read. */
    private static void send(MemoryTun tun, int to) {
        ByteBuffer packet = ByteBuffer.allocate(LENGTH);
        packet.putInt(0x4500_0000 | LENGTH).putInt(0).putInt(0x40fd_0000);
        packet.putInt(0x0a01_0001).putInt(0x0a00_0000 | to);
        while (tun.offer(packet.array()) != PacketOutcome.TAKEN) {
            Thread.onSpinWait();
        }
    }

    /** Waits for the answer to a packet that belongs to no peer: those before it were read then. */
    private static void awaitAllRead(MemoryTun tun) throws InterruptedException {
        send(tun, PEERS + 1);
        assertNotNull(tun.receive(20, TimeUnit.SECONDS), "no answer to a packet for nobody");
    }
}
