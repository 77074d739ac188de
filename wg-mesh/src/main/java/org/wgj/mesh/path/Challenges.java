// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.function.Consumer;

/** The challenges of one link that were not answered yet. */
final class Challenges {
    /** Enough for two bursts to all places. */
    private static final int MAX = 128;

    /**
     * A challenge on its way.
     *
     * @param to where it was sent; its answer must come from there
     * @param full whether it has the plane's full size
     * @param sentNs when it was sent
     */
    record Sent(InetSocketAddress to, boolean full, long sentNs) {}

    private final SequencedMap<Long, Sent> waiting = new LinkedHashMap<>(); // the oldest first

    void add(long id, Sent challenge) {
        if (waiting.size() >= MAX) {
            waiting.pollFirstEntry();
        }
        waiting.put(id, challenge);
    }

    /**
     * Takes the challenge that an echo answers; null if there is no such challenge, or the echo
     * came over another path.
     */
    Sent answered(long id, InetSocketAddress source) {
        Sent challenge = waiting.get(id);
        if (challenge == null || !challenge.to().equals(source)) {
            return null;
        }
        return waiting.remove(id);
    }

    /** Forgets those that are too old, and tells each. */
    void expire(long nowNs, Consumer<Sent> lost) {
        Iterator<Sent> oldest = waiting.values().iterator();
        while (oldest.hasNext()) {
            Sent challenge = oldest.next();
            if (nowNs - challenge.sentNs() < PathTimes.CHALLENGE_LIFE) {
                return;
            }
            oldest.remove();
            lost.accept(challenge);
        }
    }

    /** Forgets all, for instance those of another session. */
    void clear() {
        waiting.clear();
    }
}
