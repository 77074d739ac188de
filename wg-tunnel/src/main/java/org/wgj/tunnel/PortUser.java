// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.tunnel.udp.UdpTransport;

/** A tunnel as the port sees it that it shares with others. On the port's event loop. */
interface PortUser extends UdpTransport.Receiver {
    /** Returns whether one of its handshakes or sessions has a receiver index. */
    boolean ownsIndex(int index);

    /** Returns whether an initiation is for its key, by mac1. */
    boolean isFor(InitiationMessage message);

    /** Returns where a peer has proved to be; null if it has not, or is no peer. */
    Endpoint provenEndpointOrNull(PublicKey key);

    /**
     * Sends an initiation to a peer's endpoint, and a copy to another one. Does nothing if the key
     * is no peer's.
     */
    void initiate(PublicKey key, Endpoint alsoTo);
}
