// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.status.MeshStatus;

import java.io.IOException;
import java.util.Set;

/** The page's questions to a running coordinator; any thread. */
public interface PageSource {
    /**
     * Returns the state of the nodes and planes of a map.
     *
     * @param map the whole map, or a member's view of it
     * @param withRelay whether to add the load of the relay, which is that of all planes together
     * @return a snapshot
     * @throws IOException if the store fails
     */
    MeshStatus status(MeshMap map, boolean withRelay) throws IOException;

    /**
     * Returns the nodes whose keys two machines seem to use.
     *
     * @return their ids
     */
    Set<Long> clones();
}
