// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.protocol.IpPrefix;

import java.util.List;

/**
 * The AllowedIPs of a peer.
 *
 * @param incremental whether they change what the peer has ({@code +} and {@code -}) instead of
 *     replacing it
 * @param changes in the order of the file
 */
public record AllowedIps(boolean incremental, List<Change> changes) {
    /** No ranges, replacing those that the peer has. */
    public static final AllowedIps NONE = new AllowedIps(false, List.of());

    public AllowedIps {
        changes = List.copyOf(changes);
    }

    /** One range that is given to the peer or taken from it. */
    public record Change(IpPrefix range, boolean remove) {}

    /** Returns the ranges that are given to the peer. */
    public List<IpPrefix> added() {
        return changes.stream().filter(change -> !change.remove()).map(Change::range).toList();
    }
}
