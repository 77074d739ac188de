// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import java.util.Arrays;

/**
 * One-time keys, tags and what is between them, of the packets that one thread works on. Secret
 * until wiped. Not thread safe.
 */
final class Poly1305Workspace {
    /** Bytes that fill rows, divided by 64: a usual packet. */
    static final int MAX_ROWS = 24;

    private static final long R_LOW = 0x0ffffffc_0fffffffL;
    private static final long R_HIGH = 0x0ffffffc_0ffffffcL;

    /** By packet, each in two halves of 64 bits. */
    final long[] rLow;

    final long[] rHigh;
    final long[] sLow;
    final long[] sHigh;
    final long[] tagLow;
    final long[] tagHigh;

    /** Bytes of ciphertext, by packet. */
    final long[] lengths;

    /** How many packets there is room for. */
    final int packets;

    /** By power and limb: the powers of r of as many packets as there are lanes, lowest first. */
    final long[] computed;

    /** By packet and limb: the powers of r, highest first. */
    final long[] powers;

    /** By limb: what each lane of one packet has summed up. */
    final long[] lanes;

    /** By limb and packet: the value of the polynomial, not reduced. */
    final long[] sums;

    /** Blocks that cannot be read as they are, at the edge of a packet. */
    final long[] staged;

    /** Of as many packets as there are lanes: halves of blocks, packet by packet. Not secret. */
    final long[] rows;

    /** By lane: where a packet begins, ends, and where its first row does. Not secret. */
    final long[] begins;

    final long[] ends;
    final long[] positions;

    /** By lane: blocks before the first of the packet, which count as zeros. Not secret. */
    final long[] missing;

    /** By lane: which bits of the halves of its last block are the packet's. Not secret. */
    final long[] lowEnds;

    final long[] highEnds;

    /** Packets whose values are not yet wiped. */
    private int used;

    /**
     * @param packets a multiple of lanes
     * @param lanes how many blocks are taken in at once
     */
    Poly1305Workspace(int packets, int lanes) {
        rLow = new long[packets];
        rHigh = new long[packets];
        sLow = new long[packets];
        sHigh = new long[packets];
        tagLow = new long[packets];
        tagHigh = new long[packets];
        lengths = new long[packets];
        this.packets = packets;
        computed = new long[5 * lanes * lanes];
        powers = new long[5 * packets * lanes];
        this.lanes = new long[5 * lanes];
        sums = new long[5 * packets];
        staged = new long[Math.max(2 * lanes, 8)];
        rows = new long[8 * lanes * MAX_ROWS];
        begins = new long[lanes];
        ends = new long[lanes];
        positions = new long[lanes];
        missing = new long[lanes];
        lowEnds = new long[lanes];
        highEnds = new long[lanes];
    }

    /** The one-time key is the first half of a packet's block 0 (RFC 8439, 2.6). */
    void setKey(int packet, int[] keystream, int from) {
        used = Math.max(used, packet + 1);
        rLow[packet] = pair(keystream, from) & R_LOW;
        rHigh[packet] = pair(keystream, from + 2) & R_HIGH;
        sLow[packet] = pair(keystream, from + 4);
        sHigh[packet] = pair(keystream, from + 6);
    }

    private static long pair(int[] words, int at) {
        return words[at] & 0xffff_ffffL | (long) words[at + 1] << 32;
    }

    void wipe() {
        Arrays.fill(rLow, 0, used, 0);
        Arrays.fill(rHigh, 0, used, 0);
        Arrays.fill(sLow, 0, used, 0);
        Arrays.fill(sHigh, 0, used, 0);
        Arrays.fill(tagLow, 0, used, 0);
        Arrays.fill(tagHigh, 0, used, 0);
        Arrays.fill(computed, 0);
        Arrays.fill(powers, 0, powers.length / packets * used, 0);
        Arrays.fill(lanes, 0);
        Arrays.fill(sums, 0);
        used = 0;
    }
}
