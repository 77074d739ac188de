// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.protocol.IpPrefix;

import java.util.List;

/**
 * What the AllowedIPs of a peer say.
 *
 * @param incremental whether they are changes ({@code +} and {@code -}) to what the peer has, and
 *     not all of it
 */
public record AllowedIps(boolean incremental, List<Change> changes) {
    /** None, replacing all there are. */
    public static final AllowedIps NONE = new AllowedIps(false, List.of());

    public AllowedIps {
        changes = List.copyOf(changes);
    }

    /** One range, to be routed to the peer or to be taken from it. */
    public record Change(IpPrefix range, boolean remove) {}

    /** The ranges that are to be routed to the peer. */
    public List<IpPrefix> added() {
        return changes.stream().filter(change -> !change.remove()).map(Change::range).toList();
    }
}
