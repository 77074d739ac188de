// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

/**
 * A way in which one call moves up to 64 KiB of one flow instead of one packet: the system and this
 * program leave some of the work on each packet to each other.
 */
public enum TunOffload {
    /** TCP packets of the system are read as superpackets and split here (TSO). */
    SPLIT_TCP,
    /** UDP packets of the system are read as superpackets and split here (USO). */
    SPLIT_UDP,
    /** Consecutive packets of a TCP connection are written as one superpacket (GRO). */
    COALESCE_TCP,
    /** Consecutive packets of a UDP flow are written as one superpacket (GRO). */
    COALESCE_UDP
}
