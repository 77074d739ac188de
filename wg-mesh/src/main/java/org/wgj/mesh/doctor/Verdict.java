// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import java.util.Objects;

/**
 * A finding, or that nothing was found.
 *
 * @param level how bad it is
 * @param fault what was looked for
 * @param subject a file, a node, or the mesh
 * @param seen what was seen; never a private or preshared key, nor a token
 * @param fixOrNull what to do, as a command if possible; null if there is nothing to do
 */
public record Verdict(Level level, Fault fault, String subject, String seen, String fixOrNull) {
    /** The severity. */
    public enum Level {
        /** All is well. */
        PASS,

        /** It works, but will not always, or is not what it seems. */
        WARN,

        /** Something does not work. */
        FAIL,

        /** It could not be examined. */
        SKIP
    }

    public Verdict {
        Objects.requireNonNull(level, "level");
        Objects.requireNonNull(fault, "fault");
        Objects.requireNonNull(subject, "subject");
        Objects.requireNonNull(seen, "seen");
    }
}
