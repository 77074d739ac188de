// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.PacketBatch;

/**
 * Receives what a {@link Device} produces. The device calls these methods from within its own, on
 * the same thread. They must not call the device, and a batch they are given is valid only until
 * they return.
 */
public interface DeviceOutput {
    /**
     * Sends datagrams in order, each to its endpoint with its traffic class. Those that cannot be
     * sent are lost, as on any network.
     *
     * @param datagrams to send
     */
    void transmit(PacketBatch datagrams);

    /**
     * Delivers packets to the system in order. Each is a complete IPv4 or IPv6 packet; the 16 bytes
     * before it may be overwritten.
     *
     * @param packets to deliver
     */
    void deliver(PacketBatch packets);

    /**
     * Reports that a session was agreed on and confirmed.
     *
     * @param peer with which
     */
    void handshakeCompleted(Peer peer);

    /**
     * Reports that a peer was heard from another address or port, to which we send from now on.
     *
     * @param peer the peer with its new endpoint
     */
    void endpointChanged(Peer peer);

    /**
     * Reports that a session ended: its keys were wiped.
     *
     * @param peer with which
     */
    void sessionExpired(Peer peer);

    /**
     * Reports that a peer was added because a packet or a valid initiation asked for it.
     *
     * @param peer the new peer
     */
    default void peerAdded(Peer peer) {}

    /**
     * Reports that an attempt to agree on a session began: its first initiation was sent. It ends
     * with {@link #handshakeCompleted} or {@link #handshakeFailed}, or without either if the
     * configuration or the interface changes.
     *
     * @param peer with which
     */
    default void handshakeStarted(Peer peer) {}

    /**
     * Reports that the first initiation of an attempt was not answered within 5 s (whitepaper 6.4)
     * and another one is sent; at most once in an attempt.
     *
     * @param peer the peer that does not answer
     */
    default void handshakeUnanswered(Peer peer) {}

    /**
     * Reports that an attempt was given up: 20 initiations in a row, about one every 5 s, were not
     * answered. New packets for the peer start the count again, so under steady traffic this never
     * happens.
     *
     * @param peer the peer that did not answer
     */
    default void handshakeFailed(Peer peer) {}

    /**
     * Reports, once a minute at most, that the system routes our datagrams to a peer back into the
     * tunnel, where they are dropped.
     *
     * @param peer whose endpoint is routed into the tunnel
     */
    default void looped(Peer peer) {}
}
