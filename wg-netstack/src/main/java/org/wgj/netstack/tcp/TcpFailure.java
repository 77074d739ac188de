// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

/** Why a connection could not be opened, or ended early. */
public enum TcpFailure {
    /** The peer answered the SYN with RST. */
    REFUSED,
    /** The peer sent RST. */
    RESET,
    /** This side gave the connection up, with RST unless it was not open yet. */
    ABORTED,
    /** The peer did not answer: retransmissions, keepalive probes or the user timeout ran out. */
    TIMED_OUT,
    /** ICMP said that the network or host cannot be reached, or no peer of the tunnel has it. */
    UNREACHABLE,
    /** ICMP said that the port or protocol cannot be reached. */
    PORT_UNREACHABLE,
    /** The stack closed, or the connection's own address was removed. */
    CLOSED
}
