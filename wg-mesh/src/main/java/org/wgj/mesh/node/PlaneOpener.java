// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.tunnel.Tunnel;

import java.io.IOException;
import java.util.function.Consumer;

/** Brings up a node's end of a plane, as an interface of the system or in the process. */
@FunctionalInterface
public interface PlaneOpener {
    /**
     * Brings up a plane.
     *
     * @param spec what to make
     * @param settings called once with the tunnel's builder
     * @return the running plane
     * @throws IOException if that fails; nothing is left then, and the message says what to do
     */
    PlaneLink open(PlaneSpec spec, Consumer<Tunnel.Builder> settings) throws IOException;
}
