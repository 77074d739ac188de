// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PublicKey;

import java.net.InetSocketAddress;

/** Something that happened to a tunnel's peer. */
public sealed interface TunnelEvent {
    PublicKey peer();

    /** A session was agreed on and confirmed; also each time it is renewed. */
    record HandshakeCompleted(PublicKey peer) implements TunnelEvent {}

    /** The peer was heard from another address or port and is sent to there from now on. */
    record EndpointChanged(PublicKey peer, InetSocketAddress endpoint) implements TunnelEvent {}

    /**
     * There is no session any more: its keys were wiped, or attempts to agree on new ones given up.
     */
    record SessionExpired(PublicKey peer) implements TunnelEvent {}
}
