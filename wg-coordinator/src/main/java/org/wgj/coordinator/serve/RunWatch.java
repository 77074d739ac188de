// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.crypto.PublicKey;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Notices a key that two processes use. Each process of a node draws a number of its own, its run.
 * A node that starts again has a new run and never returns to an earlier one. So two machines use
 * the key if an earlier run speaks again, from its own place and not from that of the last run. The
 * place counts because the last words of a killed process may come late: then they seem to come
 * from the place of its successor. For one thread; without a clock.
 */
final class RunWatch {
    private static final int REMEMBERED = 4;

    private final Map<PublicKey, Track> tracks = new HashMap<>();

    /** A key's runs, each with the place from which it spoke last; the last one is the newest. */
    private static final class Track {
        final Map<String, InetSocketAddress> places = new LinkedHashMap<>();
        String last;
    }

    /** What the words of a run tell. */
    sealed interface Outcome {
        /** Nothing new. */
        record Nothing() implements Outcome {}

        /**
         * Another run has begun, elsewhere. The one before may go on.
         *
         * @param place where that one was
         */
        record Begun(InetSocketAddress place) implements Outcome {}

        /** Two runs speak by turns. */
        record Copied() implements Outcome {}
    }

    private static final Outcome NOTHING = new Outcome.Nothing();
    private static final Outcome COPIED = new Outcome.Copied();

    /**
     * Takes the words of a run.
     *
     * @param place where the key's packets come from now
     */
    Outcome spoke(PublicKey key, String run, InetSocketAddress place) {
        Track track = tracks.computeIfAbsent(key, k -> new Track());
        InetSocketAddress lastPlace = track.last == null ? null : track.places.get(track.last);
        if (track.last == null || run.equals(track.last)) {
            track.places.put(run, place);
            track.last = run;
            return NOTHING;
        }
        InetSocketAddress earlier = track.places.get(run);
        if (earlier == null) {
            add(track, run, place);
            return place.equals(lastPlace) ? NOTHING : new Outcome.Begun(lastPlace);
        }
        if (place.equals(lastPlace)) {
            return NOTHING; // late words
        }
        track.places.put(run, place);
        if (!place.equals(earlier)) {
            return NOTHING; // its router may have given it another port: the next time will tell
        }
        track.last = run;
        return COPIED;
    }

    private static void add(Track track, String run, InetSocketAddress place) {
        if (track.places.size() >= REMEMBERED) {
            Iterator<String> runs = track.places.keySet().iterator();
            String oldest = runs.next();
            if (oldest.equals(track.last)) {
                runs.next();
            }
            runs.remove();
        }
        track.places.put(run, place);
        track.last = run;
    }

    /** Forgets a key that is no member's any more. */
    void forget(PublicKey key) {
        tracks.remove(key);
    }
}
