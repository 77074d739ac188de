// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * A network interface whose other end is this program: it reads the packets that the system sends
 * into the interface, and the system receives the packets that it writes.
 *
 * <p>{@link #read} and {@link #write} never block. One thread at a time may call them: the owner's.
 * Any thread may call the other methods.
 */
public interface Tun extends AutoCloseable {
    /** The longest packet in bytes, on any interface. */
    int MAX_PACKET = 65535;

    /**
     * Returns the interface's name now; other programs can rename it.
     *
     * @return the name
     */
    String name();

    /**
     * Returns the longest packet that the system sends into the interface; other programs can
     * change that.
     *
     * @return the length in bytes, IP header included
     */
    int mtu();

    /**
     * Takes the packets that are waiting, until none is left, {@code offsets} is full, or the slab
     * has less than {@code headroom + MAX_PACKET + tailroom} bytes left.
     *
     * <p>Packets that did not fit may be held back for the next call. They do not make the
     * descriptor readable, so the caller reads again while {@link #holdsBack} is true.
     *
     * @param slab native memory for the packets, one behind the other
     * @param headroom bytes left free before each packet
     * @param tailroom bytes left free behind each packet
     * @param offsets receives where in the slab each packet begins
     * @param lengths receives the packets' lengths
     * @return how many packets were taken; 0 if none was waiting
     * @throws TunGoneException if the interface was deleted
     * @throws IOException if the interface is closed, or the system reports an error
     */
    int read(MemorySegment slab, int headroom, int tailroom, int[] offsets, int[] lengths)
            throws IOException;

    /**
     * Returns whether packets wait for the next {@link #read} that the descriptor does not report.
     *
     * @return true if the caller must read again before it waits
     */
    boolean holdsBack();

    /**
     * Hands packets to the system. Packets that the system refuses, for example because the
     * interface is down, are lost, as on any network.
     *
     * @param slab native memory with the packets; the 16 bytes before each may be overwritten
     * @param offsets where in the slab each packet begins
     * @param lengths the packets' lengths
     * @param first index of the first packet in {@code offsets} and {@code lengths}
     * @param count how many packets to write
     * @return how many packets the system took
     * @throws TunGoneException if the interface was deleted
     * @throws IOException if the interface is closed, or the system reports an error
     */
    int write(MemorySegment slab, int[] offsets, int[] lengths, int first, int count)
            throws IOException;

    /**
     * Returns the file descriptor that becomes readable when packets are waiting. This object owns
     * it.
     *
     * @return the descriptor; -1 if there is none and {@link TunListener#readable} reports packets
     */
    int descriptor();

    /**
     * Returns the offloads in use now, which move several packets in one call. The set can shrink
     * when the system refuses one.
     *
     * @return the offloads, perhaps none
     */
    default Set<TunOffload> offloads() {
        return Set.of();
    }

    /**
     * Begins to call the listener; at first with whether the interface is up. May be called once.
     *
     * @param listener called for every change from then on
     */
    void start(TunListener listener);

    /**
     * Gives the interface back to the system; one that this program created disappears. A second
     * call does nothing.
     */
    @Override
    void close();
}
