// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

/** The fate of one packet at a {@link MemoryTun}: it was taken, or why it was dropped. */
public enum PacketOutcome {
    /** The interface took the packet. */
    TAKEN,
    /** The packet is not IP: it does not begin with a whole IPv4 or IPv6 header. */
    NOT_IP,
    /** The packet is longer than the interface's MTU. */
    TOO_LONG,
    /** {@link MemoryTun#QUEUE_LENGTH} packets were already waiting. */
    QUEUE_FULL,
    /** The interface is down. */
    DOWN,
    /** The interface was deleted. */
    DELETED,
    /** The interface is closed. */
    CLOSED,
    /** The consumer of the embedding program threw an exception. */
    CONSUMER_FAILED
}
