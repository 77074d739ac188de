// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * A network interface whose far end is this program: packets that the system sends into it are read
 * here, packets written here are received by the system.
 *
 * <p>{@link #read} and {@link #write} never block and are called by one thread at a time, the
 * owner's. The other methods may be called from any thread.
 */
public interface Tun extends AutoCloseable {
    /** Nobody can hand over or take a longer packet. */
    int MAX_PACKET = 65535;

    /** The interface's name now; it can be renamed from outside. */
    String name();

    /**
     * Largest packet, header included, that the system sends into the interface; it can be changed
     * from outside.
     */
    int mtu();

    /**
     * Takes the packets that are waiting, until none is left, {@code offsets} is full or less than
     * {@code headroom + MAX_PACKET + tailroom} bytes of the slab are.
     *
     * <p>Packets may be held back for the next call that did not fit into this one, and they do not
     * make the descriptor readable: whoever reads goes on while {@link #holdsBack}.
     *
     * @param slab native memory to put them in, one behind the other
     * @param headroom bytes left free before each packet
     * @param tailroom bytes left free behind each packet
     * @param offsets set to where in the slab each packet begins
     * @param lengths set to the packets' lengths
     * @return how many were taken, 0 when none was waiting
     * @throws TunGoneException when the interface was deleted
     */
    int read(MemorySegment slab, int headroom, int tailroom, int[] offsets, int[] lengths)
            throws IOException;

    /** Whether packets that the descriptor no longer tells of wait for the next {@link #read}. */
    boolean holdsBack();

    /**
     * Hands packets to the system. What the system refuses (it may be down) is lost, as on any
     * network.
     *
     * @param slab native memory they lie in; the 16 bytes before each may be overwritten
     * @param first index of the first packet in {@code offsets} and {@code lengths}
     * @return how many of them the system took
     * @throws TunGoneException when the interface was deleted
     */
    int write(MemorySegment slab, int[] offsets, int[] lengths, int first, int count)
            throws IOException;

    /**
     * The file descriptor that becomes readable when packets are waiting, owned by this object; -1
     * where there is none, and then {@link TunListener#readable} tells.
     */
    int descriptor();

    /** What moves more than one packet a call, now: it may shrink when the system refuses it. */
    default Set<TunOffload> offloads() {
        return Set.of();
    }

    /** Begins telling the listener, once; first of all whether the interface is up. */
    void start(TunListener listener);

    /**
     * Gives the interface back; one that this program created disappears. Does nothing the second
     * time.
     */
    @Override
    void close();
}
