// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

/** Hears how a ping ended; exactly one method is called, on the stack's thread. Must not block. */
public interface EchoHandler {
    /** Why no answer came. */
    enum Failure {
        /** The deadline came first. */
        TIMED_OUT,
        /** ICMP said that the address cannot be reached, or no peer of the tunnel has it. */
        UNREACHABLE,
        /** The stack has no address of the destination's family to send from. */
        NO_SOURCE,
        /** The stack's queue is full, or the data is too long. */
        NOT_SENT,
        /** The stack closed. */
        CLOSED
    }

    /**
     * The answer came.
     *
     * @param rttNs the time between request and answer in nanoseconds
     */
    void answered(long rttNs);

    /**
     * No answer came.
     *
     * @param reason why
     */
    void failed(Failure reason);
}
