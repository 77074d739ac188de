// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.status;

import org.wgj.mesh.map.JsonIn;
import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.relay.RelayStatistics;

import java.util.Collections;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The work of a relay since it was started.
 *
 * @param members the keys that it knows, one for each node and plane
 * @param served how many of them have a session with the relay now, and so are served
 * @param sessions the sessions between members that it carries now
 * @param packets the datagrams that it has forwarded
 * @param bytes their UDP payload in bytes
 * @param drops the datagrams that it has dropped, by reason; reasons without any are left out
 */
public record RelayLoad(
        long members,
        long served,
        long sessions,
        long packets,
        long bytes,
        SortedMap<String, Long> drops) {
    private static final int MAX_REASONS = 32;
    private static final int MAX_REASON = 32;

    public RelayLoad {
        drops = Collections.unmodifiableSortedMap(new TreeMap<>(drops));
    }

    /**
     * Returns the work that a relay tells.
     *
     * @param now what it has done and holds
     * @return the same, with the reasons for drops as words in lower case
     */
    public static RelayLoad of(RelayStatistics now) {
        SortedMap<String, Long> drops = new TreeMap<>();
        now.drops()
                .forEach(
                        (reason, count) -> {
                            if (count > 0) {
                                drops.put(reason.name().toLowerCase(Locale.ROOT), count);
                            }
                        });
        return new RelayLoad(
                now.members(),
                now.liveMembers(),
                now.sessions(),
                now.forwardedPackets(),
                now.forwardedBytes(),
                drops);
    }

    /**
     * Returns the work of two relays.
     *
     * @param other that of the other one
     * @return the sums
     */
    public RelayLoad plus(RelayLoad other) {
        SortedMap<String, Long> all = new TreeMap<>(drops);
        other.drops.forEach((reason, count) -> all.merge(reason, count, Long::sum));
        return new RelayLoad(
                members + other.members,
                served + other.served,
                sessions + other.sessions,
                packets + other.packets,
                bytes + other.bytes,
                all);
    }

    /**
     * Returns the number of all dropped datagrams.
     *
     * @return 0 or more
     */
    public long dropped() {
        return drops.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Returns the load in one sentence. */
    @Override
    public String toString() {
        String text =
                "%d of %d members served, %d sessions, %d packets and %d bytes forwarded, %d dropped"
                        .formatted(served, members, sessions, packets, bytes, dropped());
        return drops.isEmpty() ? text : text + " " + drops;
    }

    /**
     * Writes the load as members of an object.
     *
     * @param out inside of the object
     */
    public void write(JsonOut out) {
        out.number("members", members);
        out.number("served", served);
        out.number("sessions", sessions);
        out.number("packets", packets);
        out.number("bytes", bytes);
        out.object("drops", o -> drops.forEach(o::number));
    }

    /**
     * Reads a load.
     *
     * @param in where an object begins
     * @return the load
     * @throws IllegalArgumentException if it is not one; the message says where
     */
    public static RelayLoad read(JsonIn in) {
        class Draft {
            long members;
            long served;
            long sessions;
            long packets;
            long bytes;
            SortedMap<String, Long> drops = new TreeMap<>();
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "members" -> draft.members = in.number(0, Long.MAX_VALUE);
                        case "served" -> draft.served = in.number(0, Long.MAX_VALUE);
                        case "sessions" -> draft.sessions = in.number(0, Long.MAX_VALUE);
                        case "packets" -> draft.packets = in.number(0, Long.MAX_VALUE);
                        case "bytes" -> draft.bytes = in.number(0, Long.MAX_VALUE);
                        case "drops" ->
                                draft.drops =
                                        in.map(
                                                MAX_REASONS,
                                                MAX_REASON,
                                                () -> in.number(0, Long.MAX_VALUE));
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new RelayLoad(
                draft.members,
                draft.served,
                draft.sessions,
                draft.packets,
                draft.bytes,
                draft.drops);
    }
}
