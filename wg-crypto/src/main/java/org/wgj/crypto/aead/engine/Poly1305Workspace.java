// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import java.util.Arrays;

/**
 * One-time keys, tags and intermediate values of the packets that one thread processes. All of it
 * is secret until wiped, except where a comment says otherwise. Not thread safe.
 */
final class Poly1305Workspace {
    /** The number of rows of 64 bytes that are processed at a time: enough for a usual packet. */
    static final int MAX_ROWS = 24;

    private static final long R_LOW = 0x0ffffffc_0fffffffL;
    private static final long R_HIGH = 0x0ffffffc_0ffffffcL;

    // For each packet: r and s of its one-time key, and its tag, in two halves of 64 bits.
    final long[] rLow;

    final long[] rHigh;
    final long[] sLow;
    final long[] sHigh;
    final long[] tagLow;
    final long[] tagHigh;

    /** For each packet: bytes of ciphertext. */
    final long[] lengths;

    /** The number of packets that the workspace has room for. */
    final int packets;

    /** For each power and limb: the powers of r of one packet in each lane, lowest power first. */
    final long[] lanePowers;

    /** For each packet and limb: the powers of r, highest power first. */
    final long[] powers;

    /** For each limb: the sum of each lane. */
    final long[] lanes;

    /** For each limb and packet: the value of the polynomial, not reduced. */
    final long[] sums;

    /** Copies of blocks at the edge of a packet, which cannot be read as whole vectors. */
    final long[] edge;

    /** Halves of the blocks of one packet in each lane, transposed. Not secret. */
    final long[] rows;

    // For each lane: where its packet begins and ends, and where the first row begins. Not secret.
    final long[] begins;

    final long[] ends;
    final long[] positions;

    /** For each lane: how many blocks of zeros precede the packet. Not secret. */
    final long[] missing;

    // For each lane: masks for the bits of the last block that belong to the packet. Not secret.
    final long[] lowMasks;

    final long[] highMasks;

    /** A copy of one packet's ciphertext, for plain Java. Not secret. */
    private byte[] ciphertext = new byte[0];

    /** The number of packets that have values not wiped yet. */
    private int used;

    /**
     * Makes room for packets.
     *
     * @param packets a multiple of lanes
     * @param lanes how many blocks are processed at once
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
        lanePowers = new long[5 * lanes * lanes];
        powers = new long[5 * packets * lanes];
        this.lanes = new long[5 * lanes];
        sums = new long[5 * packets];
        edge = new long[Math.max(2 * lanes, 8)];
        rows = new long[8 * lanes * MAX_ROWS];
        begins = new long[lanes];
        ends = new long[lanes];
        positions = new long[lanes];
        missing = new long[lanes];
        lowMasks = new long[lanes];
        highMasks = new long[lanes];
    }

    /** Takes the one-time key of a packet: the first half of its block 0 (RFC 8439, 2.6). */
    void setKey(int packet, int[] keystream, int from) {
        used = Math.max(used, packet + 1);
        rLow[packet] = pair(keystream, from) & R_LOW;
        rHigh[packet] = pair(keystream, from + 2) & R_HIGH;
        sLow[packet] = pair(keystream, from + 4);
        sHigh[packet] = pair(keystream, from + 6);
    }

    /** Returns an array with room for a ciphertext. */
    byte[] ciphertext(int length) {
        if (length > ciphertext.length) {
            ciphertext = new byte[Math.max(length, 2048)];
        }
        return ciphertext;
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
        Arrays.fill(lanePowers, 0);
        Arrays.fill(powers, 0, powers.length / packets * used, 0);
        Arrays.fill(lanes, 0);
        Arrays.fill(sums, 0);
        used = 0;
    }
}
