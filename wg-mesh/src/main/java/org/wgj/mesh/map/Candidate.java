// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import java.net.InetSocketAddress;
import java.util.Objects;

/**
 * An address at which a node may be reached in one plane.
 *
 * @param kind how it is known
 * @param endpoint its address and port
 */
public record Candidate(Kind kind, InetSocketAddress endpoint) {
    /** How a candidate is known, the most certain first. */
    public enum Kind {
        /** The node's owner gave it. */
        STATIC,

        /** A router opened the port on request (NAT-PMP or PCP). */
        MAPPED,

        /** A coordinator or relay saw the node's authenticated packets come from there. */
        OBSERVED,

        /** The node has this address on one of its own interfaces. */
        LOCAL
    }

    public Candidate {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(endpoint, "endpoint");
    }
}
