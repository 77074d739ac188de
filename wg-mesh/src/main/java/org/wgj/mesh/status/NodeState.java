// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.status;

import org.wgj.mesh.map.JsonIn;
import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.map.MapJson;

import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * A coordinator's knowledge of a node.
 *
 * @param id the node's id
 * @param name its name
 * @param addresses its addresses in all planes, in the order of the planes
 * @param online whether it has a stream or was heard within the last 90 s; whether a stock peer was
 *     heard within the last four minutes, by the coordinator or a node
 * @param stock whether it is another implementation's peer, which reports nothing
 * @param relay whether it relays
 * @param directOnly whether it asks that none of its packets pass through a relay
 * @param version its version of wgj; empty if it has not told
 * @param revision the revision of the map that it has applied; 0 if it has not told
 * @param controlAgeS seconds since a coordinator heard of it; negative if never
 * @param dataAgeS seconds since its last handshake with a node, by what it reports itself, or what
 *     the nodes report of a stock peer; negative if never
 * @param copied whether two machines seem to use its key
 * @param clockAheadMs by how many milliseconds its clock was ahead of the coordinator's at its last
 *     report, with the time that the report took; negative if it is behind, empty if it has not
 *     told
 * @param keyAgeS seconds since the oldest of its keys came into use; negative if it is not known
 * @param unansweredS seconds since the coordinator asked it for a sign of life that has not come;
 *     negative if there is no such question
 */
public record NodeState(
        long id,
        String name,
        List<InetAddress> addresses,
        boolean online,
        boolean stock,
        boolean relay,
        boolean directOnly,
        String version,
        long revision,
        long controlAgeS,
        long dataAgeS,
        boolean copied,
        OptionalLong clockAheadMs,
        long keyAgeS,
        long unansweredS) {
    /** The most that a clock is told to be wrong by, some 300 years. */
    private static final long MAX_CLOCK_MS = 10_000_000_000_000L;

    /**
     * Makes the state of a node that may be relayed, is not copied, owes no answer and whose clock
     * is not known.
     */
    public NodeState(
            long id,
            String name,
            List<InetAddress> addresses,
            boolean online,
            boolean stock,
            boolean relay,
            String version,
            long revision,
            long controlAgeS,
            long dataAgeS) {
        this(
                id,
                name,
                addresses,
                online,
                stock,
                relay,
                false,
                version,
                revision,
                controlAgeS,
                dataAgeS,
                false,
                OptionalLong.empty(),
                -1,
                -1);
    }

    public NodeState {
        Objects.requireNonNull(name, "name");
        addresses = List.copyOf(addresses);
        Objects.requireNonNull(version, "version");
    }

    /**
     * Returns when it was heard last, by a coordinator or a node.
     *
     * @return seconds ago; negative if never
     */
    public long heardAgeS() {
        return lesserAge(controlAgeS, dataAgeS);
    }

    /**
     * Returns the lesser of two ages.
     *
     * @param a an age; negative if it is not known
     * @param b another one, in the same unit
     * @return the one that is known, or the lesser; negative if neither is known
     */
    public static long lesserAge(long a, long b) {
        return a < 0 ? b : b < 0 ? a : Math.min(a, b);
    }

    void write(JsonOut out) {
        out.number("id", id);
        out.text("name", name);
        out.addresses("addresses", addresses);
        out.flag("online", online);
        out.flag("stock", stock);
        out.flag("relay", relay);
        out.flag("direct_only", directOnly);
        out.text("version", version.isEmpty() ? null : version);
        out.number("revision", revision);
        if (controlAgeS >= 0) {
            out.number("control_age_s", controlAgeS);
        }
        if (dataAgeS >= 0) {
            out.number("data_age_s", dataAgeS);
        }
        out.flag("copied", copied);
        if (clockAheadMs.isPresent()) {
            out.number("clock_ahead_ms", clockAheadMs.getAsLong());
        }
        if (keyAgeS >= 0) {
            out.number("key_age_s", keyAgeS);
        }
        if (unansweredS >= 0) {
            out.number("unanswered_s", unansweredS);
        }
    }

    static NodeState read(JsonIn in) {
        class Draft {
            Long id;
            String name;
            List<InetAddress> addresses;
            Boolean online;
            boolean stock;
            boolean relay;
            boolean directOnly;
            String version = "";
            long revision;
            long control = -1;
            long data = -1;
            boolean copied;
            OptionalLong ahead = OptionalLong.empty();
            long key = -1;
            long unanswered = -1;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "id" -> draft.id = in.number(0, Long.MAX_VALUE);
                        case "name" -> draft.name = in.text(MapJson.MAX_NAME);
                        case "addresses" ->
                                draft.addresses = in.list(4 * MapJson.MAX_PLANES, in::address);
                        case "online" -> draft.online = in.flag();
                        case "stock" -> draft.stock = in.flag();
                        case "relay" -> draft.relay = in.flag();
                        case "direct_only" -> draft.directOnly = in.flag();
                        case "version" -> draft.version = in.text(64);
                        case "revision" -> draft.revision = in.number(0, Long.MAX_VALUE);
                        case "control_age_s" -> draft.control = in.number(-1, Long.MAX_VALUE);
                        case "data_age_s" -> draft.data = in.number(-1, Long.MAX_VALUE);
                        case "copied" -> draft.copied = in.flag();
                        case "clock_ahead_ms" ->
                                draft.ahead =
                                        OptionalLong.of(in.number(-MAX_CLOCK_MS, MAX_CLOCK_MS));
                        case "key_age_s" -> draft.key = in.number(-1, Long.MAX_VALUE);
                        case "unanswered_s" -> draft.unanswered = in.number(-1, Long.MAX_VALUE);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new NodeState(
                in.required(draft.id, "id"),
                in.required(draft.name, "name"),
                in.required(draft.addresses, "addresses"),
                in.required(draft.online, "online"),
                draft.stock,
                draft.relay,
                draft.directOnly,
                draft.version,
                draft.revision,
                draft.control,
                draft.data,
                draft.copied,
                draft.ahead,
                draft.key,
                draft.unanswered);
    }
}
