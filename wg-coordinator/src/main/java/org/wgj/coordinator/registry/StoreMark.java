// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import java.util.Objects;
import java.util.UUID;

/**
 * The progress of a store. A store with the same epoch and less than this is an older copy.
 *
 * @param epoch the mesh's epoch
 * @param revision the map's revision
 * @param commits the commits, also those that change no map
 */
public record StoreMark(UUID epoch, long revision, long commits) {
    public StoreMark {
        Objects.requireNonNull(epoch, "epoch");
    }

    /**
     * Returns the mark of a snapshot.
     *
     * @param snapshot what the store has
     * @return its mark
     */
    public static StoreMark of(Snapshot snapshot) {
        return new StoreMark(snapshot.map().epoch(), snapshot.map().revision(), snapshot.commit());
    }
}
