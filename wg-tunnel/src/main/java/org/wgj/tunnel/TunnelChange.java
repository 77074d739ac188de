// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import java.io.IOException;

/**
 * What to change in a tunnel. Runs on the tunnel's own thread: it must be short and must not block.
 */
@FunctionalInterface
public interface TunnelChange {
    /**
     * @param editor to be used during this call only
     */
    void apply(TunnelEditor editor) throws IOException;
}
