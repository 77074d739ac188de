// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import java.util.Locale;

/** Why a link has no direct path, or none at all. */
public enum PathReason {
    /** The peer has no place that this node could try. */
    NO_CANDIDATE,

    /** The peer's places were tried and did not answer. */
    TIMEOUT,

    /** Both ends seem to be behind routers that choose another port for each destination. */
    SYM_SYM,

    /** No packet comes back in this plane, not even from a relay. */
    UDP_BLOCKED,

    /** The peer is another implementation's and cannot answer path challenges. */
    STOCK_PEER,

    /** All of the peer's places lie in networks that this node reaches through the mesh. */
    ENDPOINT_IN_OWN_ROUTES,

    /** A place answers, but loses packets of the plane's full size. */
    MTU,

    /** There is no direct path, and one of the two nodes lets nothing pass through a relay. */
    DIRECT_ONLY,

    /** Places are being tried. */
    PROBING,

    /** There is no data for the peer, and the mesh is too large for links without data. */
    IDLE,

    /** This node's settings forbid direct paths. */
    FORCED;

    /**
     * Returns the name in reports.
     *
     * @return the name in lower case, such as {@code no_candidate}
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
