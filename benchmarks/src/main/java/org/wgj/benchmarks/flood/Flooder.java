// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.flood;

import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.tunnel.udp.UdpTransport;
import org.wgj.tunnel.udp.UdpTransports;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The attacker's process: sends datagrams at a rate until its standard input ends and prints how
 * many it sent and was answered, and in what time.
 *
 * <p>Arguments: attack, datagrams a second, the victim's public key, a receiver index of the
 * victim's. The first line of its input is the private key of a peer of the victim's.
 */
final class Flooder {
    private static final int BATCH = 64;
    private static final int STRIDE = 2_048;
    private static final long TICK_US = 500;

    private final IoEventLoop loop;
    private final Ammunition ammunition;
    private final int perSecond;
    private final PacketBatch batch = new PacketBatch(BATCH * STRIDE, BATCH);
    private final UdpTransport transport;
    private final long beginNs = System.nanoTime();
    private long sent;
    private long answers;

    private Flooder(IoEventLoop loop, Ammunition ammunition, int perSecond) {
        this.loop = loop;
        this.ammunition = ammunition;
        this.perSecond = perSecond;
        transport =
                UdpTransports.create(
                        loop,
                        new UdpTransport.Receiver() {
                            @Override
                            public void received(PacketBatch datagrams) {
                                answers += datagrams.count();
                            }

                            @Override
                            public void writable() {
                                // The next tick sees for itself.
                            }
                        });
    }

    public static void main(String[] arguments)
            throws IOException, ExecutionException, InterruptedException {
        Attack attack = Attack.of(arguments[0]);
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        Ammunition ammunition =
                new Ammunition(
                        attack,
                        Endpoint.of(
                                new InetSocketAddress(
                                        InetAddress.getByName(
                                                attack == Attack.SPOOFED_IPV6
                                                        ? Field.VICTIM_6
                                                        : Field.VICTIM_4),
                                        51_820)),
                        PublicKey.fromBase64(arguments[2]),
                        PrivateKey.fromBase64(in.readLine()),
                        Integer.parseInt(arguments[3]));
        try (MultiThreadIoEventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory())) {
            IoEventLoop loop = group.next();
            Flooder flooder = new Flooder(loop, ammunition, Integer.parseInt(arguments[1]));
            loop.submit(() -> flooder.transport.open(0, 0)).get();
            loop.scheduleAtFixedRate(flooder::fire, 0, TICK_US, TimeUnit.MICROSECONDS);
            System.out.println("firing");
            while (in.readLine() != null) {
                // nothing to be said
            }
            System.out.println(loop.submit(flooder::result).get());
            System.exit(0);
        }
    }

    /** Sends what is due; what the system does not take is not made up for. */
    private void fire() {
        long due = (long) ((System.nanoTime() - beginNs) / 1e9 * perSecond) - sent;
        // After a pause of this process only so much at once, lest it become a blow.
        for (due = Math.min(due, perSecond / 50 + 1); due > 0 && transport.isWritable(); ) {
            int count = (int) Math.min(due, BATCH);
            for (int i = 0; i < count; i++) {
                byte[] datagram = ammunition.next();
                int offset = i * STRIDE + PacketBatch.HEADROOM;
                MemorySegment.copy(
                        datagram, 0, batch.slab(), ValueLayout.JAVA_BYTE, offset, datagram.length);
                batch.offsets()[i] = offset;
                batch.lengths()[i] = datagram.length;
                batch.endpoints()[i] = ammunition.route();
            }
            batch.setCount(count);
            transport.send(batch);
            sent += count;
            due -= count;
        }
    }

    private String result() {
        long lost = transport.counters().lost() + transport.counters().overflowed();
        return "%d %d %d".formatted(sent - lost, answers, System.nanoTime() - beginNs);
    }
}
