// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.status;

import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.JsonIn;
import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.map.MapJson;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A node's report to its coordinator: the addresses at which it may be reached, and its ways to the
 * others.
 *
 * @param candidates by the plane's name, the places where the node may be reached; a coordinator
 *     ignores those of kind OBSERVED
 * @param peers in the order of plane and id
 * @param relay whether the node relays for others
 * @param directOnly whether it asks that none of its packets pass through a relay
 * @param version the node's version of wgj
 * @param timeMs the node's wall clock, in milliseconds since 1970; empty if it does not tell
 */
public record NodeReport(
        SortedMap<String, List<Candidate>> candidates,
        List<PeerReport> peers,
        boolean relay,
        boolean directOnly,
        String version,
        OptionalLong timeMs) {
    /** The greatest length as JSON, 16 MiB: 16 planes of some 4,000 nodes. */
    public static final int MAX_BYTES = 16 << 20;

    private static final int MAX_VERSION = 64;
    private static final long MAX_TIME_MS = 10_000_000_000_000L; // some 300 years

    /** Makes the report of a node that does not relay, without a time. */
    public NodeReport(
            SortedMap<String, List<Candidate>> candidates, List<PeerReport> peers, String version) {
        this(candidates, peers, false, false, version, OptionalLong.empty());
    }

    public NodeReport {
        candidates = Collections.unmodifiableSortedMap(new TreeMap<>(candidates));
        peers = List.copyOf(peers);
        Objects.requireNonNull(version, "version");
    }

    /**
     * Writes the report.
     *
     * @return JSON in one line, UTF-8
     */
    public byte[] write() {
        return JsonOut.write(
                out -> {
                    out.object(
                            "planes",
                            planes ->
                                    candidates.forEach(
                                            (plane, list) ->
                                                    planes.object(
                                                            plane,
                                                            o ->
                                                                    MapJson.candidates(
                                                                            o,
                                                                            "candidates",
                                                                            list))));
                    out.list("peers", peers, peer -> out.object(peer::write));
                    out.flag("relay", relay);
                    out.flag("direct_only", directOnly);
                    out.text("version", version);
                    if (timeMs.isPresent()) {
                        out.number("time_ms", timeMs.getAsLong());
                    }
                });
    }

    /**
     * Reads a report.
     *
     * @param json UTF-8, at most {@value #MAX_BYTES} bytes
     * @return the report
     * @throws IllegalArgumentException if it is not one; the message says where
     */
    public static NodeReport read(byte[] json) {
        return JsonIn.read(json, MAX_BYTES, NodeReport::read);
    }

    private static NodeReport read(JsonIn in) {
        class Draft {
            SortedMap<String, List<Candidate>> candidates;
            List<PeerReport> peers;
            boolean relay;
            boolean directOnly;
            String version;
            OptionalLong timeMs = OptionalLong.empty();
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "planes" ->
                                draft.candidates =
                                        in.map(
                                                MapJson.MAX_PLANES,
                                                MapJson.MAX_PLANE_NAME,
                                                () -> candidates(in));
                        case "peers" ->
                                draft.peers =
                                        in.list(
                                                MapJson.MAX_NODES * MapJson.MAX_PLANES,
                                                () -> PeerReport.read(in));
                        case "relay" -> draft.relay = in.flag();
                        case "direct_only" -> draft.directOnly = in.flag();
                        case "version" -> draft.version = in.text(MAX_VERSION);
                        case "time_ms" -> draft.timeMs = OptionalLong.of(in.number(0, MAX_TIME_MS));
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new NodeReport(
                in.required(draft.candidates, "planes"),
                in.required(draft.peers, "peers"),
                draft.relay,
                draft.directOnly,
                in.required(draft.version, "version"),
                draft.timeMs);
    }

    private static List<Candidate> candidates(JsonIn in) {
        class Draft {
            List<Candidate> candidates;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    if (!name.equals("candidates")) {
                        return false;
                    }
                    draft.candidates = MapJson.candidates(in);
                    return true;
                });
        return in.required(draft.candidates, "candidates");
    }
}
