// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import org.wgj.crypto.PublicKey;

import java.net.InetAddress;
import java.util.List;
import java.util.Objects;

/**
 * Knows peers that a device need not have before there is something to say to them: in a large
 * mesh, most of them. The device asks when a packet has no peer, and when an initiation claims a
 * key of no peer, and adds the peer at once. A peer that was added for an initiation that turns out
 * to be invalid is removed again.
 *
 * <p>Called on the device's thread; must not block, and must not call the device.
 */
public interface PeersOnDemand {
    /**
     * A peer to add. Its endpoint is managed: it is not moved by every authentic packet.
     *
     * @param key its public key
     * @param endpointOrNull where it is sent to at first; null if that is unknown, so that the
     *     source of its initiation counts
     * @param allowedIps its ranges, which no other peer has
     */
    record Found(PublicKey key, Endpoint endpointOrNull, List<IpPrefix> allowedIps) {
        /** Copies the list. */
        public Found {
            Objects.requireNonNull(key, "key");
            allowedIps = List.copyOf(allowedIps);
        }
    }

    /**
     * Looks for the peer that has an address. Asked for each packet that no peer can take.
     *
     * @param destination where a packet is to go
     * @return the peer, with an endpoint; null if none has this address, or its place is unknown
     */
    Found byAddress(InetAddress destination);

    /**
     * Looks for the peer with a key.
     *
     * @param claimed the public key that the sender of an initiation claims to have
     * @return the peer; null if none has this key
     */
    Found byKey(PublicKey claimed);
}
