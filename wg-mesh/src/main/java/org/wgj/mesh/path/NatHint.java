// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.crypto.PublicKey;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;

/**
 * A guess at how this node's router chooses ports, from where others see the node's one socket. It
 * explains failures in reports and decides nothing: routers are misjudged too often.
 */
final class NatHint {
    private static final int MAX_OBSERVERS = 8;

    private final SequencedMap<PublicKey, InetSocketAddress> seen = new LinkedHashMap<>();
    private List<InetSocketAddress> byCoordinators = List.of();

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

    /** Takes where coordinators see this node's packets come from. */
    void coordinatorsSaw(List<InetSocketAddress> places) {
        byCoordinators =
                places.stream().filter(p -> p.getAddress() instanceof Inet4Address).toList();
    }

    /** Forgets what peers saw: the network changed. */
    void clear() {
        seen.clear();
    }

    /** Returns whether two observers saw the same address with different ports. */
    boolean isHard() {
        Set<InetSocketAddress> places = new HashSet<>(byCoordinators);
        places.addAll(seen.values());
        return places.stream().map(InetSocketAddress::getAddress).distinct().count()
                < places.size();
    }
}
