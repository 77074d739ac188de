// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

/** A map says something that no coordinator may say to a node. The message says what. */
public final class MapRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * Creates one.
     *
     * @param message what the map says
     */
    public MapRefusedException(String message) {
        super(message);
    }
}
