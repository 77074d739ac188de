// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import org.wgj.protocol.Endpoint;

/** The relay's record of a member. Owned by the relay's thread. */
final class Party {
    /** MACs that one member's initiations may cost at once, and the time to earn them again. */
    private static final long MACS = 200_000;

    private static final long MACS_NS = 10_000_000_000L;

    final RelayMember member;

    /** Half of the keys of entries; never used again for another member. */
    final int number;

    final Mac1 mac1;
    final Bucket macs = new Bucket(MACS, MACS_NS);
    final Bucket bytesOrNull;

    /** The member's proven place; null while unknown. */
    Endpoint endpoint;

    /** When the relay's own session with the member last proved the endpoint. */
    long provedNs;

    /** When the relay may look for the member at an unknown source again. */
    long seekAgainNs = Long.MIN_VALUE;

    /** The party to which the last initiation went; null before the first. */
    Party lastDestination;

    /** Initiations of this member that wait for their response. */
    int halves;

    /** Entries that this member's initiations have caused, halves included. */
    int entries;

    /** No longer a member. */
    boolean removed;

    Party(RelayMember member, int number, long bytesPerSecond) {
        this.member = member;
        this.number = number;
        mac1 = new Mac1(member.key());
        bytesOrNull = bytesPerSecond == 0 ? null : Bucket.perSecond(bytesPerSecond);
    }

    /** Returns whether the relay serves the member now. */
    boolean isLive(long nowNs) {
        return endpoint != null && nowNs - provedNs < Relay.SESSION_NS;
    }
}
