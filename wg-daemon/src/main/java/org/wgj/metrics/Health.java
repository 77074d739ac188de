// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import org.wgj.protocol.PeerStatus;
import org.wgj.tun.linux.RtNetlink;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Judges whether interfaces are healthy.
 *
 * <p>A peer is expected to be up if this side sends it persistent keepalives and knows its
 * endpoint. It is up if its last handshake is at most {@code maxAge} and the keepalive's interval
 * old: sessions are renewed by the first packet after 120 to 180 seconds, and such a packet comes
 * once in an interval. All other peers are healthy in any state, because WireGuard is silent
 * without traffic, and an old handshake is no fault then.
 *
 * @param peers which of the expected peers must be up
 * @param maxAge how old the handshake of a peer that is up may be, beside the keepalive's interval
 */
public record Health(Peers peers, Duration maxAge) {
    /** The peers that must be up. */
    public enum Peers {
        /** All that are expected to be. */
        ALL,
        /** At least one of them, if there are any. */
        ANY,
        /** None: a mesh judges them itself. */
        NONE
    }

    /** Every peer that is expected, and a session's life. */
    public static final Health DEFAULT = new Health(Peers.ALL, PeerSelection.SESSION);

    /** Beyond these, peers are only counted. */
    private static final int MAX_LINES = 20;

    /**
     * A judgement.
     *
     * @param healthy whether everything is
     * @param lines for people, at least one, each with an interface or a file
     */
    public record Report(boolean healthy, List<String> lines) {}

    /**
     * Reads {@code all} or {@code any}.
     *
     * @throws IllegalArgumentException if the text is neither
     */
    public static Peers parsePeers(String text) {
        return switch (text) {
            case "all" -> Peers.ALL;
            case "any" -> Peers.ANY;
            default ->
                    throw new IllegalArgumentException(
                            "--peers: expected all or any, not '" + text + "'");
        };
    }

    /**
     * Reads a time such as {@code 90s}, {@code 3m}, {@code 1h} or, in seconds, {@code 180}.
     *
     * @throws IllegalArgumentException if the text is not a duration, or not from one second to one
     *     day
     */
    public static Duration parseAge(String text) {
        String digits = text.replaceFirst("[smh]$", "");
        int unit =
                switch (text.substring(digits.length())) {
                    case "m" -> 60;
                    case "h" -> 3600;
                    default -> 1;
                };
        long seconds = digits.matches("[0-9]{1,6}") ? (long) unit * Integer.parseInt(digits) : 0;
        if (seconds < 1 || seconds > 86_400) {
            throw new IllegalArgumentException(
                    "--max-age: expected a time from 1s to 24h, such as 90s or 3m, not '"
                            + text
                            + "'");
        }
        return Duration.ofSeconds(seconds);
    }

    /** Judges interfaces of this process, and the node of a mesh that it is. */
    Report judge(Interfaces.Views views, Instant now) {
        List<String> lines = new ArrayList<>();
        boolean healthy = true;
        for (String name : views.silent()) {
            healthy = false;
            lines.add(
                    "%s: unhealthy: no answer within %d s"
                            .formatted(name, Interfaces.PATIENCE.toSeconds()));
        }
        for (String file : views.down()) {
            healthy = false;
            lines.add(file + ": unhealthy: its interface has not come up");
        }
        for (InterfaceView view : views.views()) {
            Report one = judge(view, now);
            healthy &= one.healthy();
            lines.addAll(one.lines());
        }
        if (views.meshOrNull() != null) {
            Report mesh = MeshHealth.judge(views.meshOrNull());
            healthy &= mesh.healthy();
            lines.addAll(mesh.lines());
        }
        if (lines.isEmpty()) {
            return new Report(false, List.of("unhealthy: there is no interface"));
        }
        return new Report(healthy, lines);
    }

    /** Judges one interface. */
    public Report judge(InterfaceView view, Instant now) {
        if (isDown(view.device())) {
            return new Report(
                    false,
                    List.of(
                            view.device()
                                    + ": unhealthy: the interface is down (ip link set "
                                    + view.device()
                                    + " up)"));
        }
        int expected = 0;
        List<PeerStatus> silent = new ArrayList<>();
        for (PeerStatus peer : view.status().peers()) {
            if (peer.persistentKeepaliveSeconds() > 0 && peer.endpoint() != null) {
                expected++;
                if (!isUp(peer, now)) {
                    silent.add(peer);
                }
            }
        }
        int up = expected - silent.size();
        boolean healthy =
                silent.isEmpty()
                        || switch (peers) {
                            case ALL -> false;
                            case ANY -> up > 0;
                            case NONE -> true;
                        };
        List<String> lines = new ArrayList<>();
        lines.add(
                "%s: %s: %d of %d peers with a keepalive are up, %d without one"
                        .formatted(
                                view.device(),
                                healthy ? "healthy" : "unhealthy",
                                up,
                                expected,
                                view.status().peers().size() - expected));
        silent.stream().limit(MAX_LINES).forEach(peer -> lines.add(describe(view, peer, now)));
        if (silent.size() > MAX_LINES) {
            lines.add("%s: %d more".formatted(view.device(), silent.size() - MAX_LINES));
        }
        return new Report(healthy, lines);
    }

    private Duration allowed(PeerStatus peer) {
        return maxAge.plusSeconds(peer.persistentKeepaliveSeconds());
    }

    private boolean isUp(PeerStatus peer, Instant now) {
        return peer.lastHandshake() != null
                && Duration.between(peer.lastHandshake(), now).compareTo(allowed(peer)) <= 0;
    }

    private String describe(InterfaceView view, PeerStatus peer, Instant now) {
        String key = peer.publicKey().toBase64();
        String name = view.names().get(peer.publicKey());
        return "%s: peer %s: %s"
                .formatted(
                        view.device(),
                        name == null ? key : name + " (" + key + ")",
                        peer.lastHandshake() == null
                                ? "never had a handshake"
                                : "last handshake %d s ago, at most %d s expected"
                                        .formatted(
                                                Duration.between(peer.lastHandshake(), now)
                                                        .toSeconds(),
                                                allowed(peer).toSeconds()));
    }

    /**
     * Returns whether the interface is down; false if it is in another network namespace, or is not
     * one of the system's.
     */
    private static boolean isDown(String name) {
        // Not NetworkInterface: it knows no interface that is down and has no address.
        try (RtNetlink kernel = RtNetlink.open()) {
            return !kernel.link(name).up();
        } catch (IOException e) {
            return false; // such as ENODEV
        }
    }
}
