// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

/**
 * The states of a connection (RFC 9293 3.3.2). LISTEN is not among them: a {@link TcpListener} is
 * an object of its own.
 */
public enum TcpState {
    /** A SYN was sent, nothing came back. */
    SYN_SENT,
    /** A SYN was received and answered; the answer is not acknowledged. */
    SYN_RECEIVED,
    /** Both sides may send. */
    ESTABLISHED,
    /** This side sent, or is about to send, its FIN. */
    FIN_WAIT_1,
    /** The peer acknowledged our FIN and may still send. */
    FIN_WAIT_2,
    /** The peer sent its FIN; this side may still send. */
    CLOSE_WAIT,
    /** Both sides sent a FIN; ours is not acknowledged. */
    CLOSING,
    /** The peer closed first; our FIN is not acknowledged. */
    LAST_ACK,
    /** Both sides closed, this one first; a small record answers late segments. */
    TIME_WAIT,
    /** The connection is no more. */
    CLOSED;

    /** Returns whether sequence numbers of both sides are known. */
    boolean isSynchronized() {
        return this != SYN_SENT && this != SYN_RECEIVED && this != CLOSED;
    }

    /** Returns whether the peer may still send data. */
    boolean receivesData() {
        return this == ESTABLISHED || this == FIN_WAIT_1 || this == FIN_WAIT_2;
    }
}
