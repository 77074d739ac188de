// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.crypto.PublicKey;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * A guess at how this node's router chooses ports, from where others see the node's one socket. It
 * explains failures in reports and decides nothing: routers are misjudged too often.
 */
final class NatHint {
    private static final int MAX_OBSERVERS = 8;

    private final SequencedMap<PublicKey, InetSocketAddress> seen = new LinkedHashMap<>();

    /** Notes where an observer on the Internet saw a packet of this node come from. */
    void note(PublicKey observer, InetSocketAddress from) {
        if (!(from.getAddress() instanceof Inet4Address)) {
            return;
        }
        seen.remove(observer); // puts it at the end
        seen.put(observer, from);
        if (seen.size() > MAX_OBSERVERS) {
            seen.pollFirstEntry();
        }
    }

    /** Forgets everything: the network changed. */
    void clear() {
        seen.clear();
    }

    /** Whether two observers saw the same address with different ports. */
    boolean isHard() {
        return seen.values().stream().map(InetSocketAddress::getAddress).distinct().count()
                < seen.values().stream().distinct().count();
    }
}
