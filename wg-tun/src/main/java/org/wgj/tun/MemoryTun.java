// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;

/**
 * A TUN in memory: the embedding program takes the place of the operating system. It needs no
 * kernel, no native library and no rights, and is up from the beginning.
 *
 * <pre>
 *   program --offer, send-----------------------&gt; tunnel --&gt; network
 *   program &lt;-receive, poll or the consumer------ tunnel &lt;-- network
 * </pre>
 *
 * <p>Like any interface, it drops packets: those that are not IP or are longer than the MTU, all
 * while it is down, and those that find {@link #QUEUE_LENGTH} others waiting. Every drop is counted
 * with its cause: {@link #sendCounts} and {@link #deliveryCounts}.
 *
 * <p>Threads: the embedding program may call its methods from any thread, also several at once. The
 * tunnel owns {@link #read} and {@link #write}. A consumer runs on the tunnel's thread. The
 * listener is called from a thread named {@code tun-NAME}, one call at a time.
 */
public final class MemoryTun implements Tun {
    /** The number of packets that can wait in each direction; further ones are refused. */
    public static final int QUEUE_LENGTH = 1024;

    private static final PacketOutcome[] OUTCOMES = PacketOutcome.values();

    private final String name;
    private final PacketQueue toTunnel;
    private final PacketQueue toProgram = new PacketQueue(QUEUE_LENGTH);
    private final Consumer<byte[]> consumer; // null: toProgram takes the packets
    private final MemoryTunEvents events;
    private final AtomicLongArray sendCounts = new AtomicLongArray(OUTCOMES.length);
    private final AtomicLongArray deliveryCounts = new AtomicLongArray(OUTCOMES.length);

    /**
     * True if the tunnel found no packet, so that the next one must wake it.
     *
     * <pre>
     *   tunnel, queue empty:  awaited = true;  still empty?  return : awaited = false, go on
     *   sender:               put the packet;  awaited?      awaited = false, tell readable()
     * </pre>
     *
     * Whichever of the two writes comes first, the other thread sees it, and only one thread
     * changes {@code awaited} back. So no wake-up is lost, and a tunnel that is still reading gets
     * none.
     */
    private final AtomicBoolean awaited = new AtomicBoolean(true);

    /* Written under this object's lock, together with the event that reports the change. */
    private volatile int mtu;
    private volatile PacketOutcome refusal; // null while the interface is up
    private boolean up = true;
    private boolean deleted;
    private boolean closed;
    private boolean started;

    /**
     * Makes an interface whose packets the program takes with {@link #receive()} or {@link #poll}.
     *
     * @param name the interface's name, at most 15 bytes, as Linux allows it
     * @param mtu the longest packet in bytes, 68 to 65535; 1420 suits WireGuard on most links
     * @throws IllegalArgumentException if the name or the MTU is not allowed
     */
    public MemoryTun(String name, int mtu) {
        this(name, mtu, new PacketQueue(QUEUE_LENGTH), null);
    }

    /**
     * Makes an interface whose packets go to a consumer.
     *
     * <p>The consumer runs on the tunnel's thread and must not block. It owns the array. If it
     * throws an exception, the packet counts as {@link PacketOutcome#CONSUMER_FAILED} and the
     * tunnel goes on; the first such exception is logged. An {@link Error} is not caught.
     *
     * @param name the interface's name, at most 15 bytes, as Linux allows it
     * @param mtu the longest packet in bytes, 68 to 65535; 1420 suits WireGuard on most links
     * @param consumer takes each packet that comes from the tunnel
     * @throws IllegalArgumentException if the name or the MTU is not allowed
     */
    public MemoryTun(String name, int mtu, Consumer<byte[]> consumer) {
        this(name, mtu, new PacketQueue(QUEUE_LENGTH), Objects.requireNonNull(consumer));
    }

    /** Takes the caller's queue, with which a test can send at the worst moment. */
    MemoryTun(String name, int mtu, PacketQueue toTunnel, Consumer<byte[]> consumer) {
        this.name = InterfaceRules.checkName(name);
        this.mtu = InterfaceRules.checkMtu(mtu);
        this.toTunnel = toTunnel;
        this.consumer = consumer;
        this.events = new MemoryTunEvents("tun-" + name);
    }

    // --- for the embedding program, from any thread

    /**
     * Sends an IP packet into the tunnel if the interface can take it now; never waits.
     *
     * @param packet one whole IPv4 or IPv6 packet; it is copied
     * @return {@link PacketOutcome#TAKEN}, or why the packet was refused
     */
    public PacketOutcome offer(byte[] packet) {
        PacketOutcome outcome = check(packet);
        return outcome == null ? sent(toTunnel.offer(packet.clone())) : count(outcome);
    }

    /**
     * Sends the IP packet between the buffer's position and limit if the interface can take it now;
     * never waits.
     *
     * @param packet one whole IPv4 or IPv6 packet; its position moves to the limit only if the
     *     packet was taken
     * @return {@link PacketOutcome#TAKEN}, or why the packet was refused
     */
    public PacketOutcome offer(ByteBuffer packet) {
        byte[] bytes = new byte[packet.remaining()];
        packet.get(packet.position(), bytes);
        PacketOutcome outcome = check(bytes);
        outcome = outcome == null ? sent(toTunnel.offer(bytes)) : count(outcome);
        if (outcome == PacketOutcome.TAKEN) {
            packet.position(packet.limit());
        }
        return outcome;
    }

    /**
     * Sends an IP packet into the tunnel and waits while the queue is full. The wait ends early if
     * the interface goes down, is deleted or is closed.
     *
     * @param packet one whole IPv4 or IPv6 packet; it is copied
     * @param timeout the longest time to wait
     * @param unit the unit of the timeout
     * @return {@link PacketOutcome#TAKEN}, or why the packet was refused; {@link
     *     PacketOutcome#QUEUE_FULL} if the time ran out
     * @throws InterruptedException if the thread was interrupted; the packet was not sent
     */
    public PacketOutcome send(byte[] packet, long timeout, TimeUnit unit)
            throws InterruptedException {
        long timeoutNs = unit.toNanos(timeout);
        PacketOutcome outcome = check(packet);
        return outcome == null ? sent(toTunnel.offer(packet.clone(), timeoutNs)) : count(outcome);
    }

    /** Returns the reason to refuse this packet before it is queued; null if there is none. */
    private PacketOutcome check(byte[] packet) {
        Objects.requireNonNull(packet, "packet");
        if (refusal != null) {
            return refusal;
        }
        if (packet.length > mtu) {
            return PacketOutcome.TOO_LONG;
        }
        return packet.length > 0 && isIp(packet[0], packet.length) ? null : PacketOutcome.NOT_IP;
    }

    private PacketOutcome sent(PacketOutcome outcome) {
        if (outcome == PacketOutcome.TAKEN) {
            tellReadable();
        }
        return count(outcome);
    }

    private PacketOutcome count(PacketOutcome outcome) {
        sendCounts.getAndIncrement(outcome.ordinal());
        return outcome;
    }

    private void tellReadable() {
        if (awaited.get() && awaited.compareAndSet(true, false)) {
            events.add(TunListener::readable);
        }
    }

    /**
     * Takes the next packet from the tunnel and waits for it if necessary.
     *
     * <p>The wait ends when the interface is closed or deleted, which closing the tunnel does too.
     * Packets that came before are returned first. So a loop can end at the first null.
     *
     * @return the packet, or null if the interface is closed or deleted and all packets were taken
     * @throws InterruptedException if the thread was interrupted
     */
    public byte[] receive() throws InterruptedException {
        return toProgram.take();
    }

    /**
     * Takes the next packet from the tunnel and waits for it up to the given time. The wait ends
     * early when the interface is closed or deleted; {@link #isClosed} tells that from a timeout.
     *
     * @param timeout the longest time to wait
     * @param unit the unit of the timeout
     * @return the packet, or null if none came
     * @throws InterruptedException if the thread was interrupted
     */
    public byte[] receive(long timeout, TimeUnit unit) throws InterruptedException {
        return toProgram.poll(unit.toNanos(timeout));
    }

    /**
     * Takes the next packet from the tunnel; never waits.
     *
     * @return the packet, or null if none is waiting
     */
    public byte[] poll() {
        return toProgram.poll();
    }

    /**
     * Returns whether the interface was closed or deleted, so that it takes no packet any more.
     *
     * @return true after {@link #close} or {@link #delete}
     */
    public boolean isClosed() {
        return refusal == PacketOutcome.CLOSED || refusal == PacketOutcome.DELETED;
    }

    /**
     * Counts the packets that the program sent, by outcome. A refused packet counts each time that
     * the program tries to send it.
     *
     * @return a snapshot with a count, perhaps 0, for every outcome
     */
    public Map<PacketOutcome, Long> sendCounts() {
        return snapshot(sendCounts);
    }

    /**
     * Counts the packets that came from the tunnel, by outcome. A taken one went to the consumer or
     * into the queue for {@link #receive()}.
     *
     * @return a snapshot with a count, perhaps 0, for every outcome
     */
    public Map<PacketOutcome, Long> deliveryCounts() {
        return snapshot(deliveryCounts);
    }

    private static Map<PacketOutcome, Long> snapshot(AtomicLongArray counts) {
        Map<PacketOutcome, Long> snapshot = new EnumMap<>(PacketOutcome.class);
        for (PacketOutcome outcome : OUTCOMES) {
            snapshot.put(outcome, counts.get(outcome.ordinal()));
        }
        return Collections.unmodifiableMap(snapshot);
    }

    /**
     * Sets the interface up or down.
     *
     * @param wanted true for up
     */
    public synchronized void setUp(boolean wanted) {
        if (up != wanted) {
            up = wanted;
            changed();
            tell(wanted ? TunListener::up : TunListener::down);
        }
    }

    /**
     * Sets the MTU.
     *
     * @param wanted the longest packet in bytes, 68 to 65535
     * @throws IllegalArgumentException if the MTU is not allowed
     */
    public synchronized void setMtu(int wanted) {
        InterfaceRules.checkMtu(wanted);
        if (mtu != wanted) {
            mtu = wanted;
            tell(listener -> listener.mtuChanged(wanted));
        }
    }

    /** Deletes the interface, as {@code ip link delete} would; a tunnel on it closes. */
    public synchronized void delete() {
        if (!deleted) {
            deleted = true;
            changed();
            tell(TunListener::gone);
        }
    }

    /** Makes the queues refuse packets or take them again, and wakes all threads that wait. */
    private void changed() {
        if (closed) {
            refusal = PacketOutcome.CLOSED;
        } else if (deleted) {
            refusal = PacketOutcome.DELETED;
        } else {
            refusal = up ? null : PacketOutcome.DOWN;
        }
        toTunnel.refuse(refusal);
        toProgram.refuse(refusal);
    }

    /** Reports an event; before the start there is only a state, which the start reports. */
    private void tell(Consumer<TunListener> event) {
        if (started) {
            events.add(event);
        }
    }

    // --- for the tunnel

    @Override
    public String name() {
        return name;
    }

    @Override
    public int mtu() {
        return mtu;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the slab has no room for one packet
     */
    @Override
    public int read(MemorySegment slab, int headroom, int tailroom, int[] offsets, int[] lengths)
            throws IOException {
        ensureUsable();
        long last = SlabLayout.lastRecord(slab, headroom, tailroom);
        int wanted = Math.min(offsets.length, lengths.length);
        int taken = 0;
        long record = 0;
        while (taken < wanted) {
            if (record > last) {
                // The result is less than was asked for, so the tunnel will wait to be told, while
                // packets may be waiting already.
                awaited.set(true);
                if (!toTunnel.isEmpty()) {
                    tellReadable();
                }
                break;
            }
            byte[] packet = toTunnel.poll();
            if (packet == null) {
                awaited.set(true);
                if (toTunnel.isEmpty() || !awaited.compareAndSet(true, false)) {
                    break;
                }
                continue;
            }
            int offset = (int) record + headroom;
            MemorySegment.copy(packet, 0, slab, JAVA_BYTE, offset, packet.length);
            offsets[taken] = offset;
            lengths[taken] = packet.length;
            taken++;
            record = SlabLayout.nextRecord((long) offset + packet.length + tailroom);
        }
        return taken;
    }

    /** {@inheritDoc} Always false: {@link TunListener#readable} reports all waiting packets. */
    @Override
    public boolean holdsBack() {
        return false;
    }

    @Override
    public int write(MemorySegment slab, int[] offsets, int[] lengths, int first, int count)
            throws IOException {
        ensureUsable();
        SlabLayout.checkNative(slab);
        int taken = 0;
        for (int i = first; i < first + count; i++) {
            PacketOutcome outcome = deliver(slab, offsets[i], lengths[i]);
            deliveryCounts.getAndIncrement(outcome.ordinal());
            if (outcome == PacketOutcome.TAKEN) {
                taken++;
            }
        }
        return taken;
    }

    private PacketOutcome deliver(MemorySegment slab, int offset, int length) {
        PacketOutcome now = refusal;
        if (now != null) {
            return now;
        }
        if (length == 0 || !isIp(slab.get(JAVA_BYTE, offset), length)) {
            return PacketOutcome.NOT_IP;
        }
        byte[] packet = new byte[length];
        MemorySegment.copy(slab, JAVA_BYTE, offset, packet, 0, length);
        if (consumer == null) {
            return toProgram.offer(packet);
        }
        try {
            consumer.accept(packet);
            return PacketOutcome.TAKEN;
        } catch (RuntimeException e) {
            // Must not reach the event loop, which answers exceptions with a pause of a second.
            if (deliveryCounts.get(PacketOutcome.CONSUMER_FAILED.ordinal()) == 0) {
                System.getLogger(MemoryTun.class.getName())
                        .log(
                                Level.ERROR,
                                name
                                        + ": the consumer failed on a packet; further failures are"
                                        + " only counted",
                                e);
            }
            return PacketOutcome.CONSUMER_FAILED;
        }
    }

    private static boolean isIp(byte first, int length) {
        return switch (first >> 4) {
            case 4 -> length >= 20; // RFC 791 3.1
            case 6 -> length >= 40; // RFC 8200 3
            default -> false;
        };
    }

    private void ensureUsable() throws IOException {
        PacketOutcome now = refusal;
        if (now == PacketOutcome.CLOSED) {
            throw new IOException("the TUN of interface " + name + " is closed");
        }
        if (now == PacketOutcome.DELETED) {
            throw new TunGoneException(name);
        }
    }

    /** Returns -1: an interface in memory has no descriptor. */
    @Override
    public int descriptor() {
        return -1;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if it was called before, or after {@link #close}
     */
    @Override
    public synchronized void start(TunListener listener) {
        Objects.requireNonNull(listener);
        if (started || closed) {
            throw new IllegalStateException(closed ? "closed" : "started already");
        }
        started = true;
        events.addFirst(up ? TunListener::up : TunListener::down);
        if (deleted) {
            events.add(TunListener::gone);
        }
        events.start(listener);
    }

    /**
     * {@inheritDoc}
     *
     * <p>Waiting senders and receivers return at once. No call to the listener is under way any
     * more when this returns, except if the listener itself called it. So do not hold a lock that
     * the listener takes.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            changed();
        }
        events.stop();
    }
}
