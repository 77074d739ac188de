// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import org.wgj.crypto.PacketLayout;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A batch of packets, or of the datagrams that carry them, in one slab of native memory. Parallel
 * arrays say where each one is. A batch passes from the TUN to the socket or back, and is changed
 * in place on the way: sealing and opening copy nothing.
 *
 * <p>The filler leaves {@link #HEADROOM} bytes free before each packet and {@link #TAILROOM} bytes
 * behind it. Owned by one thread. A method may use a batch it is given until it returns, and keeps
 * no part of it.
 */
public final class PacketBatch {
    /** Free bytes before a packet, for the header of transport data. */
    public static final int HEADROOM = 16;

    /** Free bytes behind a packet, for up to 15 bytes of padding and the tag. */
    public static final int TAILROOM = 15 + 16;

    private final MemorySegment slab;
    private final int[] offsets;
    private final int[] lengths;
    private final byte[] trafficClasses;
    private final Endpoint[] endpoints;
    private final PacketLayout layout;
    private int count;

    /**
     * Creates an empty batch. Its memory is freed when the batch is no longer reachable.
     *
     * @param slabBytes room for all packets together, with head room and tail room
     * @param capacity the most packets it can have
     */
    public PacketBatch(int slabBytes, int capacity) {
        // Automatic memory: a batch lives as long as its owner, so nothing has to free it.
        slab = Arena.ofAuto().allocate(slabBytes, 64);
        offsets = new int[capacity];
        lengths = new int[capacity];
        trafficClasses = new byte[capacity];
        endpoints = new Endpoint[capacity];
        layout = PacketLayout.inPlace(slab, offsets, lengths);
    }

    /**
     * Returns the memory that all offsets refer to.
     *
     * @return the slab
     */
    public MemorySegment slab() {
        return slab;
    }

    /**
     * Returns how many packets the batch can have.
     *
     * @return the length of its arrays
     */
    public int capacity() {
        return offsets.length;
    }

    /**
     * Returns how many packets the batch has.
     *
     * @return their number
     */
    public int count() {
        return count;
    }

    /**
     * Sets how many packets the batch has, after its arrays were filled.
     *
     * @param count 0 to {@link #capacity}
     */
    public void setCount(int count) {
        this.count = count;
    }

    /**
     * Returns where in the slab each packet begins.
     *
     * @return the array itself: writing to it changes the batch
     */
    public int[] offsets() {
        return offsets;
    }

    /**
     * Returns the lengths of the packets in bytes.
     *
     * @return the array itself: writing to it changes the batch
     */
    public int[] lengths() {
        return lengths;
    }

    /**
     * Returns the traffic classes of datagrams, as received or to be sent: DSCP in the upper six
     * bits, ECN in the lower two. IPv4 calls this byte TOS.
     *
     * @return the array itself: writing to it changes the batch
     */
    public byte[] trafficClasses() {
        return trafficClasses;
    }

    /**
     * Returns where each datagram came from or goes to.
     *
     * @return the array itself: writing to it changes the batch
     */
    public Endpoint[] endpoints() {
        return endpoints;
    }

    /**
     * Returns the slab, offsets and lengths together, for sealing and opening in place.
     *
     * @return always the same object
     */
    public PacketLayout layout() {
        return layout;
    }

    /**
     * Appends a packet or datagram that already lies in the slab.
     *
     * @param offset where it begins
     * @param length its length in bytes
     * @param trafficClass the traffic class of a datagram
     * @param endpoint the endpoint of a datagram; null for a packet
     */
    public void add(int offset, int length, byte trafficClass, Endpoint endpoint) {
        offsets[count] = offset;
        lengths[count] = length;
        trafficClasses[count] = trafficClass;
        endpoints[count++] = endpoint;
    }
}
