package org.wgj.benchmarks.flood;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.Device;
import org.wgj.protocol.DeviceOutput;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.Peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.security.SecureRandom;
import java.time.InstantSource;

/**
 * A peer that wants a session: the protocol and a socket, without an interface. It calls as soon as
 * it is made and goes on as the protocol says, with a cookie if it is given one.
 */
final class Newcomer implements DeviceOutput, AutoCloseable {
    private static final int STRIDE = 2_048;
    private static final int PERSISTENT_KEEPALIVE_SECONDS = 25; // reason enough to call

    private final Device device =
            new Device(new SecureRandom(), InstantSource.system(), TransportAead.best(), this);
    private final DatagramChannel channel = DatagramChannel.open();
    private final PacketBatch batch = new PacketBatch(STRIDE, 1);
    private final long beginNs = System.nanoTime();
    private long secondsNs = -1;

    Newcomer(PrivateKey own, PublicKey victim, InetSocketAddress there) throws IOException {
        channel.configureBlocking(false);
        channel.bind(new InetSocketAddress(0));
        channel.connect(there);
        device.setPrivateKey(own);
        Peer peer = device.addPeer(victim);
        device.setEndpoint(peer, Endpoint.of(there));
        device.setPersistentKeepalive(peer, PERSISTENT_KEEPALIVE_SECONDS);
        device.up(nowNs());
    }

    private long nowNs() {
        return System.nanoTime() - beginNs;
    }

    /** Does what there is to be done; never waits. */
    void turn() throws IOException {
        ByteBuffer bytes = batch.slab().asByteBuffer();
        while (channel.read(bytes.position(PacketBatch.HEADROOM)) > 0) {
            batch.offsets()[0] = PacketBatch.HEADROOM;
            batch.lengths()[0] = bytes.position() - PacketBatch.HEADROOM;
            batch.endpoints()[0] = Endpoint.of((InetSocketAddress) channel.getRemoteAddress());
            batch.setCount(1);
            device.receive(batch, nowNs());
        }
        if (device.nextDeadlineNs() <= nowNs()) {
            device.handleTimeouts(nowNs());
        }
    }

    boolean isIn() {
        return secondsNs >= 0;
    }

    /** From its making to its session. */
    double seconds() {
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
        // Nobody here to take them.
    }

    @Override
    public void handshakeCompleted(Peer peer) {
        if (!isIn()) {
            secondsNs = nowNs();
        }
    }

    @Override
    public void endpointChanged(Peer peer) {
        // There is one victim only.
    }

    @Override
    public void sessionExpired(Peer peer) {
        // It was given up: whoever waits for it gives up too.
    }

    @Override
    public void close() throws IOException {
        device.wipe();
        channel.close();
    }
}
