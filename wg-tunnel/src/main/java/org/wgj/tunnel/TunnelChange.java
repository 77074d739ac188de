// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import java.io.IOException;

/** A change of a tunnel's configuration. */
@FunctionalInterface
public interface TunnelChange {
    /**
     * Makes the change by calls of the editor. Runs on the tunnel's event loop: it must be short
     * and must not block. If it throws, nothing is changed.
     *
     * @param editor collects the change; to be used during this call only
     * @throws IOException to give up the change; nothing of it is applied then
     */
    void apply(TunnelEditor editor) throws IOException;
}
