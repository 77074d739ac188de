// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

/**
 * Work that the system and this program leave to each other: one call moves up to 64 KiB of one
 * flow in place of a packet.
 */
public enum TunOffload {
    /** What the system sends over TCP is read in superpackets and split here (TSO). */
    SPLIT_TCP,
    /** What the system sends over UDP is read in superpackets and split here (USO). */
    SPLIT_UDP,
    /** Consecutive packets of a TCP connection are written as one superpacket (GRO). */
    COALESCE_TCP,
    /** Consecutive packets of a UDP flow are written as one superpacket (GRO). */
    COALESCE_UDP
}
