// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

/** Why the stack dropped a received packet, or could not send one. */
public enum PacketDropReason {
    /** Shorter than its header, or than the length that the header tells. */
    TRUNCATED,
    /** Neither IPv4 nor IPv6. */
    BAD_VERSION,
    /** IPv4: a header of fewer than five words, or longer than the packet. */
    BAD_HEADER_LENGTH,
    /** IPv4: the header's checksum is wrong. */
    BAD_HEADER_CHECKSUM,
    /** IPv4: an option that is broken, or a source route (RFC 7126 4.3, 4.4). */
    BAD_OPTION,
    /** The source is unspecified, a loopback address, a multicast or a broadcast. */
    BAD_SOURCE,
    /** The source is an own address, though the packet came through the tunnel. */
    OWN_SOURCE,
    /** The destination is not an own address. */
    NOT_OURS,
    /** The destination is a multicast or a broadcast, which no socket receives. */
    MULTICAST,
    /** IPv6: a wrong, repeated or unknown extension header, or too many of them. */
    BAD_EXTENSION_HEADER,
    /** A fragment whose offset or length is not possible. */
    BAD_FRAGMENT,
    /** A fragment that overlaps another; the whole datagram is dropped (RFC 5722). */
    FRAGMENT_OVERLAP,
    /** An incomplete datagram that had to make room for newer ones. */
    REASSEMBLY_EVICTED,
    /** An incomplete datagram whose other fragments did not come in time. */
    REASSEMBLY_TIMEOUT,
    /** No such protocol here. */
    UNKNOWN_PROTOCOL,
    /** A wrong length in the header of UDP or ICMP, or port 0. */
    BAD_TRANSPORT_HEADER,
    /** The checksum of UDP or ICMP is wrong or missing. */
    BAD_TRANSPORT_CHECKSUM,
    /** UDP: no socket is bound to the port. */
    NO_PORT,
    /** ICMP: a message that needs no answer here. */
    ICMP_IGNORED,
    /** ICMP: an error about a packet that this stack did not send. */
    ICMP_FORGED,
    /** An answer was not sent because of the limit for ICMP. */
    ICMP_LIMITED,
    /** A packet to send found the queue full. */
    QUEUE_FULL,
    /** UDP: the socket has not read what came before, so that its receive buffer is full. */
    RECEIVE_QUEUE_FULL
}
