// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.DeviceOutput;
import org.wgj.protocol.device.Peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import java.time.InstantSource;

/**
 * A peer that wants a session: the protocol and a socket, without an interface. It calls as soon as
 * it is made and goes on as the protocol says, with a cookie if it is given one.
 */
public final class Client implements DeviceOutput, AutoCloseable {
    private static final int STRIDE = 2_048;
    private static final int PERSISTENT_KEEPALIVE_SECONDS = 25; // reason enough to call

    private final Device device =
            new Device(new SecureRandom(), InstantSource.system(), TransportAead.best(), this);
    private final DatagramChannel channel = DatagramChannel.open();
    private final PacketBatch batch = new PacketBatch(STRIDE, 1);
    private final long beginNs = System.nanoTime();
    private long secondsNs = -1;

    /**
     * @param here the address it calls from; null for one that the system chooses
     */
    public Client(PrivateKey own, InetAddress here, PublicKey other, InetSocketAddress there)
            throws IOException {
        channel.configureBlocking(false);
        channel.bind(new InetSocketAddress(here, 0));
        channel.connect(there);
        device.setPrivateKey(own);
        Peer peer = device.addPeer(other);
        device.setEndpoint(peer, Endpoint.of(there));
        device.setPersistentKeepalive(peer, PERSISTENT_KEEPALIVE_SECONDS);
        device.up(nowNs());
    }

    private long nowNs() {
        return System.nanoTime() - beginNs;
    }

    /** Has the selector say when there is something to receive, with this as attachment. */
    public void register(Selector selector) throws IOException {
        channel.register(selector, SelectionKey.OP_READ, this);
    }

    /** Does the work that waits; never blocks. */
    public void turn() throws IOException {
        ByteBuffer bytes = batch.slab().asByteBuffer();
        while (channel.read(bytes.position(PacketBatch.HEADROOM)) > 0) {
            batch.offsets()[0] = PacketBatch.HEADROOM;
            batch.lengths()[0] = bytes.position() - PacketBatch.HEADROOM;
            batch.endpoints()[0] = Endpoint.of((InetSocketAddress) channel.getRemoteAddress());
            batch.setCount(1);
            device.receive(batch, nowNs());
        }
        handleTimeouts();
    }

    /** The part of a turn that needs no datagram. */
    public void handleTimeouts() {
        if (device.nextDeadlineNs() <= nowNs()) {
            device.handleTimeouts(nowNs());
        }
    }

    public boolean isIn() {
        return secondsNs >= 0;
    }

    /** From its making to its session. */
    public double seconds() {
        return secondsNs / 1e9;
    }

    @Override
    public void transmit(PacketBatch datagrams) {
        for (int i = 0; i < datagrams.count(); i++) {
            MemorySegment datagram =
                    datagrams.slab().asSlice(datagrams.offsets()[i], datagrams.lengths()[i]);
            try {
                channel.write(datagram.asByteBuffer());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void deliver(PacketBatch packets) {
        // Packets are not expected here.
    }

    @Override
    public void handshakeCompleted(Peer peer) {
        if (!isIn()) {
            secondsNs = nowNs();
        }
    }

    @Override
    public void endpointChanged(Peer peer) {
        // There is one other only.
    }

    @Override
    public void sessionExpired(Peer peer) {
        // It was given up: its waiting callers give up too.
    }

    @Override
    public void close() throws IOException {
        device.wipe();
        channel.close();
    }
}
