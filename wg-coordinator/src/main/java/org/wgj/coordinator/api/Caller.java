// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import java.util.Objects;

/**
 * The caller of a request, as far as its listener tells.
 *
 * @param kind which listener it came through
 * @param node the node's id for a member; 0 otherwise
 * @param name a name for the audit, such as {@code node web-3} or {@code root}
 */
public record Caller(Kind kind, long node, String name) {
    /** The listeners, which differ in what their callers may do. */
    public enum Kind {
        /** A node, known by its address inside the tunnel. */
        MEMBER,

        /** A user of this machine who may open the coordinator's Unix socket. */
        ADMIN,

        /** Anybody on this machine: the loopback address, read only. */
        LOCAL
    }

    public Caller {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(name, "name");
    }
}
