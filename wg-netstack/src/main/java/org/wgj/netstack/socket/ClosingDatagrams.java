// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

/**
 * Counts the bytes that closed datagram sockets of a stack have still to send, so that a program
 * that opens, sends and closes while the tunnel takes nothing cannot fill the memory. Owned by the
 * stack's thread.
 */
final class ClosingDatagrams {
    /** As much as the largest send buffer of one socket. */
    static final int MAX_BYTES = DatagramSettings.MAX_BUFFER;

    private int bytes;

    /** Returns how many bytes more may wait. */
    int room() {
        return Math.max(0, MAX_BYTES - bytes);
    }

    void add(int change) {
        bytes += change;
    }
}
