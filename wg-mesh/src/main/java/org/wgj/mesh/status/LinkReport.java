// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.status;

import java.util.Objects;

/**
 * The report of one node about its way to another.
 *
 * @param from the id of the node that says it
 * @param peer what it says, with the other node's id
 */
public record LinkReport(long from, PeerReport peer) {
    public LinkReport {
        Objects.requireNonNull(peer, "peer");
    }
}
