// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** A transport with an event loop of its own, which remembers what it received; for any thread. */
final class Party {
    private static final long PATIENCE_S = 20;

    /** Something that arrived. */
    record Datagram(byte[] data, int trafficClass, Endpoint from) {
        String text() {
            return new String(data);
        }
    }

    interface Maker {
        UdpTransport make(IoEventLoop loop, UdpTransport.Receiver receiver);
    }

    final MultiThreadIoEventLoopGroup group;
    final IoEventLoop loop;
    final UdpTransport transport;
    final BlockingQueue<Datagram> received = new LinkedBlockingQueue<>();
    final BlockingQueue<Boolean> writable = new LinkedBlockingQueue<>();
    final List<Endpoint> gone = Collections.synchronizedList(new java.util.ArrayList<>());

    /** If set, runs on the loop with each batch instead of remembering it. */
    volatile java.util.function.Consumer<PacketBatch> onReceived = this::remember;

    int port;

    Party(IoHandlerFactory factory, Maker maker) {
        group = new MultiThreadIoEventLoopGroup(1, factory);
        loop = group.next();
        transport =
                maker.make(
                        loop,
                        new UdpTransport.Receiver() {
                            @Override
                            public void received(PacketBatch datagrams) {
                                onReceived.accept(datagrams);
                            }

                            @Override
                            public void writable() {
                                writable.add(transport.isWritable());
                            }

                            @Override
                            public void sourceGone(Endpoint endpoint) {
                                gone.add(endpoint);
                            }
                        });
    }

    private void remember(PacketBatch datagrams) {
        for (int i = 0; i < datagrams.count(); i++) {
            byte[] data = new byte[datagrams.lengths()[i]];
            MemorySegment.copy(
                    datagrams.slab(),
                    ValueLayout.JAVA_BYTE,
                    datagrams.offsets()[i],
                    data,
                    0,
                    data.length);
            received.add(
                    new Datagram(
                            data, datagrams.trafficClasses()[i] & 0xff, datagrams.endpoints()[i]));
        }
    }

    /** Runs on the loop and waits. */
    <T> T on(Callable<T> task) throws Exception {
        try {
            return loop.submit(task).get(PATIENCE_S, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } catch (TimeoutException e) {
            throw new AssertionError("the event loop does not come back", e);
        }
    }

    Party open(int wantedPort) throws Exception {
        port = on(() -> transport.open(wantedPort, 0));
        return this;
    }

    void closeTransport() throws Exception {
        on(
                () -> {
                    transport.close();
                    return null;
                });
    }

    void send(Endpoint to, int trafficClass, byte[]... data) throws Exception {
        PacketBatch batch = batch(to, trafficClass, data);
        on(
                () -> {
                    transport.send(batch);
                    return null;
                });
    }

    void send(Endpoint to, String text) throws Exception {
        send(to, 0, text.getBytes());
    }

    static PacketBatch batch(Endpoint to, int trafficClass, byte[]... data) {
        int bytes = 1;
        for (byte[] one : data) {
            bytes += one.length;
        }
        PacketBatch batch = new PacketBatch(bytes, data.length);
        int offset = 0;
        for (int i = 0; i < data.length; i++) {
            MemorySegment.copy(
                    data[i], 0, batch.slab(), ValueLayout.JAVA_BYTE, offset, data[i].length);
            batch.offsets()[i] = offset;
            batch.lengths()[i] = data[i].length;
            batch.trafficClasses()[i] = (byte) trafficClass;
            batch.endpoints()[i] = to;
            offset += data[i].length;
        }
        batch.setCount(data.length);
        return batch;
    }

    Datagram receive() throws InterruptedException {
        Datagram datagram = received.poll(PATIENCE_S, TimeUnit.SECONDS);
        assertNotNull(datagram, "nothing arrived");
        return datagram;
    }

    /** Waits until the condition holds, which is checked on the loop. */
    void await(String what, BooleanSupplier condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (!on(condition::getAsBoolean)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never happened: " + what);
            }
            Thread.onSpinWait();
        }
    }

    static Endpoint endpoint(String address, int port) {
        try {
            return Endpoint.of(new InetSocketAddress(InetAddress.getByName(address), port));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    void close() throws Exception {
        closeTransport();
        group.shutdownGracefully(0, PATIENCE_S, TimeUnit.SECONDS).get(PATIENCE_S, TimeUnit.SECONDS);
    }
}
