// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import org.wgj.protocol.Endpoint;

/** The tunnel beside the relay, on the same port. Called on the relay's thread. */
public interface RelayHost {
    /**
     * Returns whether the tunnel itself is addressed by an index.
     *
     * @param index a receiver index
     * @return whether one of its handshakes or sessions has it
     */
    boolean ownsIndex(int index);

    /**
     * Begins a handshake with a member that has probably moved to another address: its answer
     * proves the new address. Called at most once in 5 s for a member.
     *
     * @param member the member
     * @param source where a datagram with one of its indices came from; not proved
     */
    void seek(RelayMember member, Endpoint source);
}
