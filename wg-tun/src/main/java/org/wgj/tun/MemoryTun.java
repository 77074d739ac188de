// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A TUN without a kernel: where the system would be, the program that embeds the tunnel hands
 * packets in with {@link #send} and takes them out with {@link #receive}, {@link #poll} or a
 * consumer. Needs no root. It is up from the beginning.
 *
 * <p>As with a real one, packets are lost while it is down, when nobody takes them in time, and
 * when they are not IP.
 *
 * <p>No wake-up is lost, and none is sent to an owner who is still reading:
 *
 * <pre>
 *   owner, queue empty:  awaited = true;  still empty? return  : not? awaited = false, go on
 *   sender:              put the packet;  awaited?     awaited = false, tell readable()
 * </pre>
 *
 * Whichever of the two writes comes first, the other side sees it, and only one of them takes
 * {@code awaited} back. The methods of the embedding program may be called from any thread; the
 * listener is told from a thread named {@code tun-NAME}.
 */
public final class MemoryTun implements Tun {
    /** Packets that may wait in either direction; the next one is lost. */
    public static final int QUEUE_LENGTH = 1024;

    private final String name;
    private final BlockingQueue<byte[]> toOwner;
    private final BlockingQueue<byte[]> toProgram = new ArrayBlockingQueue<>(QUEUE_LENGTH);
    private final Predicate<byte[]> sink;
    private final MemoryTunEvents events;

    /** The owner found nothing and relies on being told. */
    private final AtomicBoolean awaited = new AtomicBoolean(true);

    /* Written under the lock, together with the event that tells of it. */
    private volatile boolean up = true;
    private volatile int mtu;
    private volatile boolean deleted;
    private volatile boolean closed;
    private boolean started;

    /** One whose packets are taken out by {@link #receive} and {@link #poll}. */
    public MemoryTun(String name, int mtu) {
        this(name, mtu, new ArrayBlockingQueue<>(QUEUE_LENGTH), null);
    }

    /**
     * One whose packets are handed to a consumer, on the thread that writes them, which is the
     * tunnel's: it must not block. The array is the consumer's.
     */
    public MemoryTun(String name, int mtu, Consumer<byte[]> consumer) {
        this(name, mtu, new ArrayBlockingQueue<>(QUEUE_LENGTH), Objects.requireNonNull(consumer));
    }

    /** With a queue of the caller's, which may send at the worst moment. */
    MemoryTun(String name, int mtu, BlockingQueue<byte[]> toOwner, Consumer<byte[]> consumer) {
        this.name = InterfaceRules.checkName(name);
        this.mtu = InterfaceRules.checkMtu(mtu);
        this.toOwner = toOwner;
        this.sink =
                consumer == null
                        ? toProgram::offer
                        : packet -> {
                            consumer.accept(packet);
                            return true;
                        };
        this.events = new MemoryTunEvents("tun-" + name);
    }

    /**
     * Sends an IP packet into the interface, as the system would.
     *
     * @return false when it was lost: the queue is full, the packet longer than the MTU, or the
     *     interface down, deleted or closed
     */
    public boolean send(byte[] packet) {
        return enqueue(packet.clone());
    }

    /** The same with the bytes between position and limit, which are consumed unless lost. */
    public boolean send(ByteBuffer packet) {
        byte[] bytes = new byte[packet.remaining()];
        packet.get(packet.position(), bytes);
        if (!enqueue(bytes)) {
            return false;
        }
        packet.position(packet.limit());
        return true;
    }

    private boolean enqueue(byte[] packet) {
        if (!up || deleted || closed || packet.length > mtu || !toOwner.offer(packet)) {
            return false;
        }
        tellReadable();
        return true;
    }

    private void tellReadable() {
        if (awaited.get() && awaited.compareAndSet(true, false)) {
            events.add(TunListener::readable);
        }
    }

    /** Takes the next packet that the tunnel delivered; null when there was none for that long. */
    public byte[] receive(long timeout, TimeUnit unit) throws InterruptedException {
        return toProgram.poll(timeout, unit);
    }

    /** Takes the next packet that the tunnel delivered; null when there is none now. */
    public byte[] poll() {
        return toProgram.poll();
    }

    /** Sets the interface up or down. */
    public synchronized void setUp(boolean wanted) {
        if (up != wanted) {
            up = wanted;
            tell(wanted ? TunListener::up : TunListener::down);
        }
    }

    /**
     * Sets the MTU in bytes, 68 to 65535.
     *
     * @throws IllegalArgumentException otherwise
     */
    public synchronized void setMtu(int wanted) {
        InterfaceRules.checkMtu(wanted);
        if (mtu != wanted) {
            mtu = wanted;
            tell(listener -> listener.mtuChanged(wanted));
        }
    }

    /** Deletes the interface, as {@code ip link delete} would. */
    public synchronized void delete() {
        if (!deleted) {
            deleted = true;
            tell(TunListener::gone);
        }
    }

    /** What happens before the start is state, not news. */
    private void tell(Consumer<TunListener> event) {
        if (started) {
            events.add(event);
        }
    }

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
     * @throws IllegalArgumentException when the slab has no room for one packet
     */
    @Override
    public int read(MemorySegment slab, int headroom, int tailroom, int[] offsets, int[] lengths)
            throws IOException {
        ensureUsable();
        long last = Slabs.lastRecord(slab, headroom, tailroom);
        int wanted = Math.min(offsets.length, lengths.length);
        int taken = 0;
        long record = 0;
        while (taken < wanted) {
            if (record > last) {
                // Less than was asked for, so the owner waits: but perhaps not for a new packet.
                awaited.set(true);
                if (!toOwner.isEmpty()) {
                    tellReadable();
                }
                break;
            }
            byte[] packet = toOwner.poll();
            if (packet == null) {
                awaited.set(true);
                if (toOwner.isEmpty() || !awaited.compareAndSet(true, false)) {
                    break;
                }
                continue;
            }
            int offset = (int) record + headroom;
            MemorySegment.copy(packet, 0, slab, JAVA_BYTE, offset, packet.length);
            offsets[taken] = offset;
            lengths[taken] = packet.length;
            taken++;
            record = Slabs.nextRecord((long) offset + packet.length + tailroom);
        }
        return taken;
    }

    /** {@inheritDoc} Never: {@link TunListener#readable} tells of all that wait. */
    @Override
    public boolean holdsBack() {
        return false;
    }

    @Override
    public int write(MemorySegment slab, int[] offsets, int[] lengths, int first, int count)
            throws IOException {
        ensureUsable();
        Slabs.checkNative(slab);
        int taken = 0;
        for (int i = first; i < first + count; i++) {
            if (up && isIp(slab, offsets[i], lengths[i])) {
                byte[] packet = new byte[lengths[i]];
                MemorySegment.copy(slab, JAVA_BYTE, offsets[i], packet, 0, packet.length);
                if (sink.test(packet)) {
                    taken++;
                }
            }
        }
        return taken;
    }

    /** Linux looks at the version alone when it takes a packet from a TUN. */
    private static boolean isIp(MemorySegment slab, int offset, int length) {
        if (length == 0) {
            return false;
        }
        int version = slab.get(JAVA_BYTE, offset) >> 4;
        return version == 4 || version == 6;
    }

    private void ensureUsable() throws IOException {
        if (closed) {
            throw new IOException("the TUN of interface " + name + " is closed");
        }
        if (deleted) {
            throw new TunGoneException(name);
        }
    }

    /** -1: there is none. */
    @Override
    public int descriptor() {
        return -1;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException the second time, and after {@link #close}
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
     * <p>No call to the listener is under way any more when this returns, unless it was called from
     * the listener; so do not call it with a lock in hand that the listener takes.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        events.stop();
    }
}
