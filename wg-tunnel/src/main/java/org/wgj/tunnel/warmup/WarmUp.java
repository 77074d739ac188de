// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.warmup;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.LoopbackTun;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelEditor;
import org.wgj.tunnel.TunnelLoops;
import org.wgj.tunnel.settings.TunnelProperties;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Gets a program's data path compiled before there is traffic. It runs in a thread of its own after
 * the program is ready: first the whole path, by two tunnels of this process that send each other
 * packets over the loopback interface, then the defence against a flood. When there is traffic, it
 * leaves the rest to the traffic and its compiler. It takes a second of processor time, which a
 * waiting program has; {@code -Dwgj.warmUp=off} switches it off.
 */
public final class WarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

    /**
     * The rounds of each packet of a rehearsal, so that everything is done some hundred thousand
     * times.
     */
    private static final int ROUNDS = 1_000;

    private static final List<String> NEAR = List.of("10.0.0.1", "fd00::1");
    private static final List<String> FAR = List.of("10.0.0.2", "fd00::2");

    /** Batches of 64 forged initiations each: some ten thousand cookies. */
    private static final int FLOOD_BATCHES = 200;

    /** With more packets there is traffic, which gets its path compiled itself. */
    private static final int FEW_PACKETS = 1_000;

    /** The longest wait; with the loopback interface down nothing arrives. */
    private static final Duration AT_MOST = Duration.ofSeconds(30);

    private static final Duration DELAY = Duration.ofSeconds(1);

    /** How often traffic is looked for. */
    private static final Duration STEP = Duration.ofMillis(20);

    private static final AtomicBoolean BEGUN = new AtomicBoolean();

    private WarmUp() {}

    /**
     * Begins to warm up and returns at once; does nothing the second time. Any thread may call
     * this.
     */
    public static void begin() {
        if (TunnelProperties.warmUp() && BEGUN.compareAndSet(false, true)) {
            Thread.ofPlatform().name("wgj-warm-up").daemon().start(WarmUp::runLater);
        }
    }

    /** Runs after a second, unless there is traffic by then: it needs the processors itself. */
    private static void runLater() {
        TransportAead aead = TransportAead.best();
        int before = aead.packets();
        LockSupport.parkNanos(DELAY.toNanos());
        if (aead.packets() - before < FEW_PACKETS) {
            run();
        }
    }

    /** Warms up in the calling thread. */
    public static void run() {
        long begun = System.nanoTime();
        try {
            TransportAead aead = TransportAead.best();
            boolean whole = rehearse(ROUNDS, aead);
            if (whole) {
                FloodRehearsal.run(FLOOD_BATCHES);
            }
            LOG.debug(
                    "warmed up in {} ms{}",
                    (System.nanoTime() - begun) / 1_000_000,
                    whole ? "" : ", not completely");
        } catch (IOException | RuntimeException e) {
            LOG.debug("not warmed up: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Returns false if the packets did not come round that often, because there was traffic or the
     * machine is too slow.
     *
     * @param aead the engine of the program's tunnels
     */
    static boolean rehearse(int rounds, TransportAead aead)
            throws IOException, InterruptedException {
        PrivateKey nearKey = PrivateKey.generate();
        PrivateKey farKey = PrivateKey.generate();
        LoopbackTun[] tuns = LoopbackTun.pair(rounds);
        try (TunnelLoops loops = TunnelLoops.create("wgj-warm-up", 2);
                Tunnel far =
                        Tunnel.builder(tuns[1])
                                .loops(loops)
                                .recorded(false)
                                .aead(aead.rehearsal())
                                .privateKey(farKey)
                                .peer(nearKey.publicKey(), peer -> allow(peer, NEAR))
                                .start();
                Tunnel _ =
                        Tunnel.builder(tuns[0])
                                .loops(loops)
                                .recorded(false)
                                .aead(aead.rehearsal())
                                .privateKey(nearKey)
                                .peer(
                                        farKey.publicKey(),
                                        peer -> allow(peer.endpoint(loopback(far)), FAR))
                                .start()) {
            for (int i = 0; i < NEAR.size(); i++) {
                tuns[1].put(InetAddress.ofLiteral(NEAR.get(i)), InetAddress.ofLiteral(FAR.get(i)));
            }
            return awaitSilence(tuns[0], aead);
        }
    }

    private static boolean awaitSilence(LoopbackTun tun, TransportAead aead)
            throws InterruptedException {
        int before = aead.packets();
        long begun = System.nanoTime();
        while (!tun.awaitSilence(STEP)) {
            if (aead.packets() - before >= FEW_PACKETS
                    || System.nanoTime() - begun >= AT_MOST.toNanos()) {
                return false;
            }
        }
        return true;
    }

    private static void allow(TunnelEditor.PeerEditor peer, List<String> addresses) {
        for (String address : addresses) {
            peer.allowedIp(IpPrefix.parse(address));
        }
    }

    private static InetSocketAddress loopback(Tunnel tunnel) {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), tunnel.status().join().listenPort());
    }
}
