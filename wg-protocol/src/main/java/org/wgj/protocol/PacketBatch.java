// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Packets, or the datagrams that carry them, lying in one slab of native memory: parallel arrays
 * say where. It goes through the program from hand to hand, from the TUN to the socket and back,
 * and is changed on the way: sealing and opening happen in place.
 *
 * <p>Whoever fills it leaves {@link #HEADROOM} bytes free before each packet and {@link #TAILROOM}
 * behind it. Owned by one thread; a method that is given a batch may use it until it returns and
 * keeps nothing of it.
 */
public final class PacketBatch {
    /** Free bytes before a packet: the header of transport data. */
    public static final int HEADROOM = 16;

    /** Free bytes behind a packet: up to 15 of padding, and the tag. */
    public static final int TAILROOM = 15 + 16;

    private final MemorySegment slab;
    private final int[] offsets;
    private final int[] lengths;
    private final byte[] trafficClasses;
    private final Endpoint[] endpoints;
    private int count;

    /**
     * A batch with memory of its own, freed with the batch.
     *
     * @param slabBytes room for all packets together, with their head room and tail room
     * @param capacity how many packets at most
     */
    public PacketBatch(int slabBytes, int capacity) {
        // Automatic memory, because a batch lives as long as its owner and nobody has to remember
        // to free it.
        slab = Arena.ofAuto().allocate(slabBytes, 64);
        offsets = new int[capacity];
        lengths = new int[capacity];
        trafficClasses = new byte[capacity];
        endpoints = new Endpoint[capacity];
    }

    /** The memory all offsets refer to. */
    public MemorySegment slab() {
        return slab;
    }

    /** How many packets there can be. */
    public int capacity() {
        return offsets.length;
    }

    /** How many packets there are. */
    public int count() {
        return count;
    }

    /** To be called by whoever filled the arrays. */
    public void setCount(int count) {
        this.count = count;
    }

    /** Where in the slab each packet begins. The array itself: writing changes the batch. */
    public int[] offsets() {
        return offsets;
    }

    /** The packets' lengths in bytes. The array itself. */
    public int[] lengths() {
        return lengths;
    }

    /**
     * For datagrams, the byte that IPv4 calls TOS and IPv6 traffic class: DSCP in the upper six
     * bits, ECN in the lower two; as received, or to be sent. The array itself.
     */
    public byte[] trafficClasses() {
        return trafficClasses;
    }

    /** For datagrams, where each came from or goes to. The array itself. */
    public Endpoint[] endpoints() {
        return endpoints;
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
