// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import java.util.Locale;

/** The path of a peer's packets. */
public enum PathKind {
    /** Straight to the peer through the Internet. */
    DIRECT,

    /** Straight to the peer within one local network. */
    LAN,

    /** Through a relay. */
    RELAY,

    /** There has been no session with the peer yet, or no session is wanted. */
    NONE,

    /** There was a session, and the peer no longer answers. */
    BROKEN;

    /**
     * Returns the name in reports.
     *
     * @return the name in lower case
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
