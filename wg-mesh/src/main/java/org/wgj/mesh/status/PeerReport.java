// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.status;

import org.wgj.mesh.map.JsonIn;
import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.map.MapJson;

import java.net.InetSocketAddress;
import java.util.Objects;

/**
 * The report of a node about its way to another node in one plane. It comes from the tunnel, never
 * from what a coordinator knows.
 *
 * @param id the other node's id
 * @param plane the plane's name
 * @param kind how the other node is reached
 * @param reason why it is not reached directly, as a code such as {@code no_candidate}; empty if it
 *     is
 * @param rttMs the round-trip time of the last answered challenge in milliseconds; negative if
 *     there is none
 * @param handshakeAgeS seconds since the last handshake; negative if there was none
 * @param endpointOrNull where the packets are sent; null if that is not known
 */
public record PeerReport(
        long id,
        String plane,
        LinkKind kind,
        String reason,
        double rttMs,
        long handshakeAgeS,
        InetSocketAddress endpointOrNull) {
    /** The greatest length of a reason. */
    static final int MAX_REASON = 64;

    public PeerReport {
        Objects.requireNonNull(plane, "plane");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(reason, "reason");
    }

    /**
     * Returns whether the mesh is large and nothing is said on the link, so that it may be down.
     */
    public boolean isIdle() {
        return reason.equals("idle");
    }

    void write(JsonOut out) {
        out.number("id", id);
        out.text("plane", plane);
        out.text("path", kind.word());
        out.text("reason", reason.isEmpty() ? null : reason);
        if (rttMs >= 0) {
            out.decimal("rtt_ms", Math.round(rttMs * 1_000) / 1_000.0);
        }
        if (handshakeAgeS >= 0) {
            out.number("handshake_age_s", handshakeAgeS);
        }
        out.text("endpoint", endpointOrNull == null ? null : JsonOut.endpoint(endpointOrNull));
    }

    static PeerReport read(JsonIn in) {
        class Draft {
            Long id;
            String plane;
            LinkKind kind;
            String reason = "";
            double rttMs = -1;
            long age = -1;
            InetSocketAddress endpoint;
        }
        Draft draft = new Draft();
        in.object(
                name -> {
                    switch (name) {
                        case "id" -> draft.id = in.number(0, Long.MAX_VALUE);
                        case "plane" -> draft.plane = in.text(MapJson.MAX_PLANE_NAME);
                        case "path" -> draft.kind = kind(in);
                        case "reason" -> draft.reason = in.text(MAX_REASON);
                        case "rtt_ms" -> draft.rttMs = in.decimal();
                        case "handshake_age_s" -> draft.age = in.number(-1, Long.MAX_VALUE);
                        case "endpoint" -> draft.endpoint = in.endpoint();
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
        return new PeerReport(
                in.required(draft.id, "id"),
                in.required(draft.plane, "plane"),
                in.required(draft.kind, "path"),
                draft.reason,
                draft.rttMs,
                draft.age,
                draft.endpoint);
    }

    static LinkKind kind(JsonIn in) {
        LinkKind kind = LinkKind.of(in.text(16));
        if (kind == null) {
            throw in.wrong("direct, lan, relay, none or broken");
        }
        return kind;
    }
}
