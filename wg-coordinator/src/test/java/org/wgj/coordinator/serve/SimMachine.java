// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.DeviceOutput;
import org.wgj.protocol.device.InnerPacket;
import org.wgj.protocol.device.Peer;
import org.wgj.tunnel.DeviceEdits;
import org.wgj.tunnel.TunnelChange;
import org.wgj.tunnel.TunnelEvent;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/** A machine with one socket and a real device, without a TUN, on a {@link SimClock}. */
abstract class SimMachine implements DeviceOutput {
    static final String PLANE = "wg0";
    static final int MTU = 1_420;

    /**
     * An inner packet between simulated machines looks like UDP; its first byte after the header
     * says what it is.
     */
    private static final int UDP = 17;

    private static final int HEADER = 20;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** One for all: a datagram is taken out of it before the next one is put in. */
    private static final PacketBatch SCRATCH = new PacketBatch(4_096, 1);

    final SimClock net;
    final InetSocketAddress socket;
    final long latencyNs;
    final PrivateKey key;
    final Device device;
    private final Deque<Runnable> queue = new ArrayDeque<>();
    private boolean working;
    private boolean on = true;
    private long armedNs = Long.MAX_VALUE;
    private long cpuNs;

    SimMachine(SimClock net, String address, long latencyNs, PrivateKey key) {
        this.net = net;
        this.latencyNs = latencyNs;
        this.key = key;
        socket = new InetSocketAddress(InetAddress.ofLiteral(address), 51_820);
        device = new Device(new Random(net.random.nextLong()), net, TransportAead.best(), this);
        device.setMtu(MTU);
        device.setPrivateKey(key);
        device.up(net.nowNs());
        net.add(this);
    }

    PublicKey publicKey() {
        return key.publicKey();
    }

    /** Ends it at once, without a word to anybody. */
    void kill() {
        on = false;
        net.remove(this);
        device.wipe();
    }

    boolean isOn() {
        return on;
    }

    /** Returns the time that a processor has worked for this machine, in ns. */
    long cpuNs() {
        return cpuNs;
    }

    /** Does something with the machine's parts, and then what follows from it. */
    final void work(Runnable input) {
        queue.add(input);
        if (working || !on) {
            return;
        }
        working = true;
        long begun = countsCpu() ? THREADS.getCurrentThreadCpuTime() : 0;
        try {
            while (!queue.isEmpty() && on) {
                queue.poll().run();
            }
        } finally {
            working = false;
            cpuNs += countsCpu() ? THREADS.getCurrentThreadCpuTime() - begun : 0;
        }
        arm();
    }

    /**
     * Returns whether the time of the processor is of interest: to ask for it costs half a
     * microsecond.
     */
    boolean countsCpu() {
        return false;
    }

    void after(long ns, Runnable task) {
        net.after(ns, () -> work(task));
    }

    /** Returns when something besides the device is due; {@link Long#MAX_VALUE} for never. */
    abstract long nextNs();

    /** Does what is due besides the device's part. */
    abstract void due();

    private void arm() {
        long next = on ? Math.min(device.nextDeadlineNs(), nextNs()) : Long.MAX_VALUE;
        if (next < armedNs) {
            armedNs = next;
            net.after(next - net.nowNs(), () -> wake(next));
        }
    }

    private void wake(long atNs) {
        if (atNs != armedNs) {
            return; // something earlier was armed since
        }
        armedNs = Long.MAX_VALUE;
        work(
                () -> {
                    device.handleTimeouts(net.nowNs());
                    if (nextNs() <= net.nowNs()) {
                        due();
                    }
                });
    }

    void edit(TunnelChange change) {
        DeviceEdits.apply(device, change, net.nowNs())
                .forEach(event -> queue.add(() -> told(event)));
    }

    // --- packets

    private static void fill(byte[] bytes, Endpoint endpointOrNull) {
        SCRATCH.setCount(0);
        MemorySegment.copy(
                bytes,
                0,
                SCRATCH.slab(),
                ValueLayout.JAVA_BYTE,
                PacketBatch.HEADROOM,
                bytes.length);
        SCRATCH.add(PacketBatch.HEADROOM, bytes.length, (byte) 0, endpointOrNull);
    }

    static byte[] bytes(PacketBatch batch, int i) {
        return batch.slab()
                .asSlice(batch.offsets()[i], batch.lengths()[i])
                .toArray(ValueLayout.JAVA_BYTE);
    }

    final void receive(byte[] datagram, Endpoint source) {
        work(
                () -> {
                    fill(datagram, source);
                    filter(SCRATCH);
                    if (SCRATCH.count() > 0) {
                        device.receive(SCRATCH, net.nowNs());
                    }
                });
    }

    /** Takes datagrams out that are not for the device. */
    void filter(PacketBatch datagrams) {}

    /** Sends a payload in an inner packet. */
    final void sendInner(InetAddress from, InetAddress to, byte[] payload) {
        work(() -> sendInnerNow(from, to, payload));
    }

    private void sendInnerNow(InetAddress from, InetAddress to, byte[] payload) {
        fill(InnerPacket.ipv4(from.getHostAddress(), to.getHostAddress(), UDP, payload), null);
        device.send(SCRATCH, net.nowNs());
    }

    @Override
    public void transmit(PacketBatch datagrams) {
        for (int i = 0; i < datagrams.count(); i++) {
            net.send(this, datagrams.endpoints()[i], bytes(datagrams, i));
        }
    }

    @Override
    public void deliver(PacketBatch packets) {
        for (int i = 0; i < packets.count(); i++) {
            if (packets.endpoints()[i] != null) { // else the device's own ICMP
                byte[] packet = bytes(packets, i);
                Endpoint source = packets.endpoints()[i];
                queue.add(() -> opened(packet, source));
            }
        }
    }

    /** Takes an opened inner packet. */
    abstract void opened(byte[] packet, Endpoint source);

    static byte[] payload(byte[] packet) {
        return java.util.Arrays.copyOfRange(packet, HEADER, packet.length);
    }

    static int source(byte[] packet) {
        return java.nio.ByteBuffer.wrap(packet).getInt(12);
    }

    // --- events, as a tunnel tells them

    abstract void told(TunnelEvent event);

    private void tell(TunnelEvent event) {
        queue.add(() -> told(event));
    }

    @Override
    public void peerAdded(Peer peer) {
        tell(new TunnelEvent.PeerAdded(peer.publicKey()));
    }

    @Override
    public void handshakeStarted(Peer peer) {
        tell(new TunnelEvent.HandshakeStarted(peer.publicKey()));
    }

    @Override
    public void handshakeCompleted(Peer peer) {
        tell(new TunnelEvent.HandshakeCompleted(peer.publicKey()));
    }

    @Override
    public void endpointChanged(Peer peer) {
        tell(
                new TunnelEvent.EndpointChanged(
                        peer.publicKey(), peer.status().endpoint().toSocketAddress()));
    }

    @Override
    public void sessionExpired(Peer peer) {
        tell(new TunnelEvent.SessionExpired(peer.publicKey()));
    }
}
