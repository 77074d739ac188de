// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The relay's record of a node in one plane, which has two keys while it changes its key. Owned by
 * the relay's thread.
 */
final class Party {
    /** MACs that one member's initiations may cost at once, and the time to earn them again. */
    private static final long MACS = 200_000;

    private static final long MACS_NS = 10_000_000_000L;

    /** The member with the key of the session that last proved the endpoint, as far as known. */
    RelayMember member;

    /** Half of the keys of entries; never used again for another member. */
    final int number;

    /** By the public key. */
    private final Map<PublicKey, Mac1> keys = new LinkedHashMap<>();

    /** The values of the map, to be gone through without allocation. */
    private Mac1[] mac1s = {};

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
        bytesOrNull = bytesPerSecond == 0 ? null : Bucket.perSecond(bytesPerSecond);
        add(member.key());
    }

    boolean has(RelayMember other) {
        return member.id() == other.id()
                && member.plane().equals(other.plane())
                && keys.containsKey(other.key());
    }

    Set<PublicKey> keys() {
        return keys.keySet();
    }

    void add(PublicKey key) {
        keys.put(key, new Mac1(key));
        mac1s = keys.values().toArray(Mac1[]::new);
    }

    /** Removes a key that is not the last one. */
    void remove(PublicKey key) {
        keys.remove(key);
        mac1s = keys.values().toArray(Mac1[]::new);
        if (key.equals(member.key())) {
            proved(keys.keySet().iterator().next());
        }
    }

    /** A session under this key is the last one to prove the endpoint. */
    void proved(PublicKey key) {
        if (!key.equals(member.key())) {
            member = new RelayMember(member.id(), member.plane(), key);
        }
    }

    /** Returns whether a handshake message is for one of the keys. */
    boolean matches(byte[] message, int mac1Offset) {
        for (Mac1 mac1 : mac1s) {
            if (mac1.matches(message, mac1Offset)) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether the relay serves the member now. */
    boolean isLive(long nowNs) {
        return endpoint != null && nowNs - provedNs < Relay.SESSION_NS;
    }
}
