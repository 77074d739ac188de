// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.PacketBatch;

/**
 * What a {@link Device} wants done. It calls these methods from within its own, on the same thread;
 * they must not call back into the device, and what they are given is valid only until they return.
 */
public interface DeviceOutput {
    /**
     * Send these datagrams, in this order, each to its endpoint with its traffic class. What cannot
     * be sent is lost, as on any network.
     */
    void transmit(PacketBatch datagrams);

    /**
     * Hand these packets to the system, in this order. Each is a whole IPv4 or IPv6 packet; the 16
     * bytes before it are free to be overwritten.
     */
    void deliver(PacketBatch packets);

    /** A session with the peer was agreed on and confirmed. */
    void handshakeCompleted(Peer peer);

    /** The peer was heard from another address or port and is sent to there from now on. */
    void endpointChanged(Peer peer);

    /**
     * There is no session with the peer any more: its keys were wiped, or attempts to agree on new
     * ones given up.
     */
    void sessionExpired(Peer peer);

    /**
     * The system sends our datagrams to the peer back into the tunnel, where they are dropped. Told
     * once a minute at most.
     */
    default void looped(Peer peer) {}
}
