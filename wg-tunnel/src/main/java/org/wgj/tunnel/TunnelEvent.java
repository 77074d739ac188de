// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;

import java.net.InetSocketAddress;

/**
 * Something that happened to a tunnel. Listeners get the events of a tunnel in order and one at a
 * time, on the thread of its event loop. If that thread has ended, {@link Closed} comes from
 * another.
 *
 * <p>An attempt to agree on a session reports {@link HandshakeStarted} and ends with {@link
 * HandshakeCompleted} or {@link HandshakeFailed}. A tunnel that answers a peer's attempt reports
 * the completion alone. Sessions are renewed every two minutes, each time by another attempt.
 */
public sealed interface TunnelEvent {
    /** An event that concerns one peer. */
    sealed interface PeerEvent extends TunnelEvent {
        /**
         * The peer that the event is about.
         *
         * @return its public key
         */
        PublicKey peer();
    }

    /**
     * The tunnel began to ask a peer for a session: it sent the first initiation.
     *
     * @param peer its public key
     */
    record HandshakeStarted(PublicKey peer) implements PeerEvent {}

    /**
     * The peer did not answer the first initiation within 5 s. The tunnel keeps asking; this event
     * comes once in an attempt.
     *
     * @param peer its public key
     */
    record HandshakeUnanswered(PublicKey peer) implements PeerEvent {}

    /**
     * The tunnel gave up asking: about 20 initiations in a row, one every 5 s, were not answered.
     * The next packet for the peer starts another attempt. Packets that keep coming renew the
     * attempt instead, and then this event does not come.
     *
     * @param peer its public key
     */
    record HandshakeFailed(PublicKey peer) implements PeerEvent {}

    /**
     * A session was agreed on and confirmed; also each time it is renewed.
     *
     * @param peer its public key
     */
    record HandshakeCompleted(PublicKey peer) implements PeerEvent {}

    /**
     * A session ended, because it was not renewed for 9 minutes: its keys were wiped.
     *
     * @param peer its public key
     */
    record SessionExpired(PublicKey peer) implements PeerEvent {}

    /**
     * The peer was heard from another address or port, to which the tunnel sends from now on.
     *
     * @param peer its public key
     * @param endpoint the address and port
     */
    record EndpointChanged(PublicKey peer, InetSocketAddress endpoint) implements PeerEvent {}

    /**
     * The configuration has a new peer.
     *
     * @param peer its public key
     */
    record PeerAdded(PublicKey peer) implements PeerEvent {}

    /**
     * The peer was taken out of the configuration, and its session ended.
     *
     * @param peer its public key
     */
    record PeerRemoved(PublicKey peer) implements PeerEvent {}

    /**
     * A range that belonged to one peer was given to another. Each range has one peer.
     *
     * @param range the range
     * @param from the public key of the peer that lost it
     * @param peer the public key of the peer that has it now
     */
    record AllowedIpMoved(IpPrefix range, PublicKey from, PublicKey peer) implements PeerEvent {}

    /**
     * The tunnel is closed; this is its last event. {@link Tunnel#whenClosed} has the same value.
     *
     * @param reason why
     * @param cause what failed; null except for {@link CloseReason#FAILED}
     */
    record Closed(CloseReason reason, Throwable cause) implements TunnelEvent {}

    /** Why a tunnel closed. */
    enum CloseReason {
        /** The program called {@link Tunnel#close} or closed the loops. */
        REQUESTED,

        /** The interface was deleted. */
        INTERFACE_DELETED,

        /** An error made it impossible to go on; the event has it as its cause. */
        FAILED
    }
}
