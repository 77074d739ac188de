// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import java.util.Locale;

/** Why the registry refuses a request. */
public enum Reason {
    /** The token has no use left, or its node was removed. */
    USED,

    /**
     * The token expired, was revoked, or was never made here. Tell it only to callers with a token.
     */
    UNKNOWN_TOKEN,

    /** The token is not good for one of the planes, or the mesh has no such plane. */
    WRONG_PLANE,

    /** Another node has the name. */
    NAME_TAKEN,

    /** Another node has the address, or had it within the last day. */
    ADDRESS_TAKEN,

    /** A node or coordinator has the key. */
    KEY_KNOWN,

    /** No address is left, or the mesh has as many nodes as a map may have. */
    FULL,

    /** The lock's signature is missing or does not fit. */
    NOT_APPROVED,

    /** The request itself is wrong. */
    BAD_REQUEST,

    /** There is no such node, token or route. */
    NOT_FOUND;

    /**
     * Returns the reason as the protocols write it.
     *
     * @return lower case with underscores
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
