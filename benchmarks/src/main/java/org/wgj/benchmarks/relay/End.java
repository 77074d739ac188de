// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.relay;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.message.MessageType;
import org.wgj.protocol.message.TransportMessage;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.DatagramFilter;
import org.wgj.tunnel.DatagramOutlet;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelEvent;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CountDownLatch;

/**
 * One end: it has real sessions with the middle and, through it, with the other end, and then sends
 * transport data of the longest length as fast as its socket takes them, or counts those that
 * arrive. The data are not sealed, so that the ends cost little.
 *
 * <p>Arguments: 0 for the sender or 1 for the receiver, the warm-up and the measured time in
 * seconds, its private key, the other end's and the middle's public key, the middle's address, and
 * "plain" if the middle is no relay, so that there are no sessions.
 */
final class End {
    static final int PORT = 40_000;

    /** A packet of 1,420 bytes as transport data. */
    static final int LENGTH = 1_452;

    private static final int BATCH = 64;
    private static final ValueLayout.OfInt LE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private End() {}

    /** The address of an end inside the tunnel. */
    static IpPrefix inner(int number) {
        return IpPrefix.parse("10.0.0." + (number + 1) + "/32");
    }

    public static void main(String[] words) throws IOException, InterruptedException {
        int number = Integer.parseInt(words[0]);
        Window window = new Window(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
        PublicKey other = PublicKey.fromBase64(words[4]);
        InetSocketAddress middle = new InetSocketAddress(words[6], Middle.PORT);
        boolean plain = words.length > 7;
        Load load = new Load(Endpoint.of(middle), window);
        CountDownLatch sessions = new CountDownLatch(number == 0 ? 2 : 1);
        MemoryTun packets = new MemoryTun("end", 1420);
        Tunnel tunnel =
                Tunnel.builder(packets)
                        .privateKey(PrivateKey.fromBase64(words[3]))
                        .listenPort(PORT)
                        .filter(load)
                        .listener(
                                event -> {
                                    if (event instanceof TunnelEvent.HandshakeCompleted) {
                                        sessions.countDown();
                                    }
                                })
                        .peer(
                                PublicKey.fromBase64(words[5]),
                                peer -> peer.endpoint(middle).persistentKeepalive(plain ? 0 : 25))
                        .peer(other, peer -> peer.endpoint(middle).allowedIp(inner(1 - number)))
                        .start();
        if (!plain && number == 0) {
            packets.offer(packet());
        }
        if (!plain) {
            sessions.await();
        }
        System.out.println("ready");
        if (number == 0) {
            load.send();
        }
        while (System.in.read() >= 0) {
            // its end is the end
        }
        tunnel.close();
        System.exit(0);
    }

    /** From the sender to the receiver. */
    private static byte[] packet() {
        return ByteBuffer.allocate(28)
                .putInt(0x4500_0000 | 28)
                .putInt(0)
                .putInt(0x40fd_0000)
                .putInt(0x0a00_0001)
                .putInt(0x0a00_0002)
                .array();
    }

    /** Sends and counts, on the tunnel's event loop. */
    private static final class Load implements DatagramFilter {
        private final PacketBatch batch = new PacketBatch(BATCH * LENGTH, BATCH);
        private final Endpoint middle;
        private final Window window;
        private DatagramOutlet outlet;

        /** The index of the session with the other end, from its response. */
        private int remoteIndex;

        Load(Endpoint middle, Window window) {
            this.middle = middle;
            this.window = window;
        }

        @Override
        public void attached(DatagramOutlet attached) {
            outlet = attached;
        }

        @Override
        public void filter(PacketBatch datagrams) {
            int count = datagrams.count();
            int load = 0;
            datagrams.setCount(0);
            for (int i = 0; i < count; i++) {
                int offset = datagrams.offsets()[i];
                int length = datagrams.lengths()[i];
                if (length == LENGTH) {
                    load++;
                    continue;
                }
                if (MessageType.of(datagrams.slab(), offset, length) == MessageType.RESPONSE) {
                    remoteIndex = datagrams.slab().get(LE_INT, offset + 4L); // the last one counts
                }
                datagrams.add(
                        offset, length, datagrams.trafficClasses()[i], datagrams.endpoints()[i]);
            }
            if (load > 0) {
                window.add(load);
            }
        }

        /** Any thread. Sends for ever. */
        void send() {
            outlet.schedule(
                    () -> {
                        for (int i = 0; i < BATCH; i++) {
                            TransportMessage.writeHeader(batch.slab(), i * LENGTH, remoteIndex, i);
                        }
                        burst();
                    },
                    0);
        }

        private void burst() {
            if (outlet.isWritable()) {
                batch.setCount(0);
                for (int i = 0; i < BATCH; i++) {
                    batch.add(i * LENGTH, LENGTH, (byte) 0, middle);
                }
                outlet.send(batch);
            }
            outlet.schedule(this::burst, 0);
        }
    }
}
