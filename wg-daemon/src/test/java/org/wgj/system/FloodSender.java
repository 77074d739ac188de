// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.device.ForgedInitiations;
import org.wgj.tunnel.udp.UdpTransport;
import org.wgj.tunnel.udp.UdpTransports;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A process that floods until its standard input ends: of its datagrams every fourth is random, and
 * the others are initiations with a valid mac1, each from one of 100,000 addresses. It says {@code
 * firing} when it has begun.
 *
 * <p>Arguments: address and port of the victim, its public key, datagrams a second, and the first
 * of the addresses, which all have to be local.
 */
final class FloodSender {
    private static final int SOURCES = 100_000;
    private static final int TICKS_PER_SECOND = 1_000;
    private static final int BATCH = 64;
    private static final int STRIDE = 256;

    private final Random random = new Random(1);
    private final PacketBatch batch = new PacketBatch(BATCH * STRIDE, BATCH);
    private final Endpoint victim;
    private final ForgedInitiations initiations;
    private final long firstSource;
    private final UdpTransport transport;

    private FloodSender(IoEventLoop loop, Endpoint victim, PublicKey key, long firstSource) {
        this.victim = victim;
        initiations = new ForgedInitiations(key, random);
        this.firstSource = firstSource;
        transport =
                UdpTransports.create(
                        loop,
                        new UdpTransport.Receiver() {
                            @Override
                            public void received(PacketBatch answers) {
                                // This sender ignores cookie replies.
                            }

                            @Override
                            public void writable() {
                                // The next tick sees for itself.
                            }
                        });
    }

    public static void main(String[] arguments)
            throws IOException, ExecutionException, InterruptedException {
        IoEventLoop loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory()).next();
        FloodSender sender =
                new FloodSender(
                        loop,
                        endpoint(arguments[0], Integer.parseInt(arguments[1])),
                        PublicKey.fromBase64(arguments[2]),
                        endpoint(arguments[4], 0).low());
        int atOnce = Integer.parseInt(arguments[3]) / TICKS_PER_SECOND;
        loop.submit(() -> sender.transport.open(0, 0)).get();
        loop.scheduleAtFixedRate(
                () -> sender.fire(atOnce), 0, 1_000_000 / TICKS_PER_SECOND, TimeUnit.MICROSECONDS);
        System.out.println("firing");
        while (System.in.read() >= 0) {
            // nothing to be said
        }
        System.exit(0);
    }

    private static Endpoint endpoint(String address, int port) throws IOException {
        return Endpoint.of(new InetSocketAddress(InetAddress.getByName(address), port));
    }

    private void fire(int atOnce) {
        int count = transport.isWritable() ? Math.min(atOnce, BATCH) : 0;
        for (int i = 0; i < count; i++) {
            byte[] bytes = i % 4 == 0 ? randomBytes(1 + random.nextInt(200)) : initiations.next();
            int offset = i * STRIDE + PacketBatch.HEADROOM;
            MemorySegment.copy(bytes, 0, batch.slab(), ValueLayout.JAVA_BYTE, offset, bytes.length);
            batch.offsets()[i] = offset;
            batch.lengths()[i] = bytes.length;
            batch.endpoints()[i] = fromAnywhere();
        }
        batch.setCount(count);
        transport.send(batch);
    }

    private Endpoint fromAnywhere() {
        long source = firstSource + random.nextInt(SOURCES);
        return new Endpoint(false, 0, victim.low(), victim.port(), 0, 0, source, 0);
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
