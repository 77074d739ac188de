// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import java.util.Map;
import java.util.TreeMap;

/**
 * The order of a lock's signatures, as one member has seen them within an epoch. A coordinator can
 * send what the lock has signed once; this tells what of it is out of date:
 *
 * <ul>
 *   <li>a node of the member's map may not go back to an earlier signature, such as one over its
 *       old key or name;
 *   <li>a node that is not in the map must have a later signature than every node before it. So a
 *       removed node does not come back.
 * </ul>
 *
 * <p>The first map of an epoch is believed. Immutable.
 *
 * @param newestMs the time of the latest signature that was accepted; 0 before the first
 * @param exceptions nodes that are in the last map but not accepted, by id: the time of the
 *     signature that was accepted last, or {@link #ABSENT}
 */
public record SignedOrder(long newestMs, Map<Long, Long> exceptions) {
    /** No map was accepted yet. */
    public static final SignedOrder NONE = new SignedOrder(0, Map.of());

    /** For a node that was not in the map before it was refused. */
    static final long ABSENT = -1;

    public SignedOrder {
        exceptions = Map.copyOf(exceptions);
    }

    /** Judges the nodes of one map after another. */
    static final class Next {
        private final SignedOrder before;
        private final MeshMap mapOrNull;
        private final TreeMap<Long, Long> exceptions;
        private long newestMs;

        /**
         * @param before the order so far
         * @param mapOrNull the whole map so far; null if this is the first one of its epoch
         * @param changesOnly whether the nodes that are not judged stay as they were
         */
        Next(SignedOrder before, MeshMap mapOrNull, boolean changesOnly) {
            this.before = before;
            this.mapOrNull = mapOrNull;
            exceptions = changesOnly ? new TreeMap<>(before.exceptions) : new TreeMap<>();
            newestMs = before.newestMs;
        }

        /**
         * Judges a node.
         *
         * @param signed whether its signature is the lock's
         * @return whether it may be used
         */
        boolean accepts(MapNode node, boolean signed) {
            long knownMs = known(node.id());
            long timeMs = LockSignature.timeMs(node.signature());
            boolean inOrder = knownMs == ABSENT ? timeMs > before.newestMs : timeMs >= knownMs;
            if (!signed || !isFirst(node.id()) && !inOrder) {
                exceptions.put(node.id(), knownMs);
                return false;
            }
            exceptions.remove(node.id());
            newestMs = Math.max(newestMs, timeMs);
            return true;
        }

        /** Returns whether the map, or the time of its last signature, is the first one. */
        private boolean isFirst(long id) {
            return mapOrNull == null && !before.exceptions.containsKey(id);
        }

        private long known(long id) {
            Long exception = before.exceptions.get(id);
            if (exception != null) {
                return exception;
            }
            MapNode node = mapOrNull == null ? null : mapOrNull.nodes().get(id);
            return node == null ? ABSENT : LockSignature.timeMs(node.signature());
        }

        void removed(long id) {
            exceptions.remove(id);
        }

        SignedOrder order() {
            return new SignedOrder(newestMs, exceptions);
        }
    }
}
