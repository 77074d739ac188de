// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;

/**
 * The page of wg-easy, for its dashboards: counters without {@code _total}, and the handshake as
 * its age in seconds. Its names clash with those of the exporters, so it is a page of its own, in
 * Prometheus' text format, because OpenMetrics has no counter without that suffix.
 */
final class WgEasyFamilies {
    private static final String[] LABELS = {
        "interface", "enabled", "ipv4Address", "ipv6Address", "name"
    };

    static final MetricFamily SENT =
            MetricFamily.counter("wireguard_sent_bytes", "", "Bytes sent to the peer.", LABELS);
    static final MetricFamily RECEIVED =
            MetricFamily.counter(
                    "wireguard_received_bytes", "", "Bytes received from the peer.", LABELS);
    static final MetricFamily HANDSHAKE =
            MetricFamily.gauge(
                    "wireguard_latest_handshake_seconds",
                    "",
                    "Seconds since the last handshake with the peer, 0 for never.",
                    LABELS);

    private final List<InterfaceView> interfaces;
    private final PeerSelection selection;
    private final Instant now;

    WgEasyFamilies(List<InterfaceView> interfaces, PeerSelection selection, Instant now) {
        this.interfaces = interfaces;
        this.selection = selection;
        this.now = now;
    }

    List<Series> series() {
        return List.of(
                PeerFamilies.counts(PeerFamilies.CONFIGURED, interfaces, now),
                PeerFamilies.counts(PeerFamilies.ENABLED, interfaces, now),
                PeerFamilies.counts(PeerFamilies.CONNECTED, interfaces, now),
                peers(SENT, peer -> Long.toUnsignedString(peer.sentBytes())),
                peers(RECEIVED, peer -> Long.toUnsignedString(peer.receivedBytes())),
                peers(HANDSHAKE, this::age));
    }

    private String age(PeerStatus peer) {
        return peer.lastHandshake() == null
                ? "0"
                : Long.toString(
                        Math.max(0, Duration.between(peer.lastHandshake(), now).toSeconds()));
    }

    private Series peers(MetricFamily family, Function<PeerStatus, String> value) {
        return new Series(
                family,
                interfaces.stream()
                        .flatMap(
                                one ->
                                        one.status().peers().stream()
                                                .filter(peer -> selection.includes(peer, now))
                                                .map(
                                                        peer ->
                                                                family.sample(
                                                                        value.apply(peer),
                                                                        one.device(),
                                                                        "true",
                                                                        address(peer, false),
                                                                        address(peer, true),
                                                                        name(one, peer)))));
    }

    /** Returns the address of the peer's first range; wg-easy gives each peer one of a family. */
    private static String address(PeerStatus peer, boolean ipv6) {
        return peer.allowedIps().stream()
                .filter(range -> range.ipv6() == ipv6)
                .map(IpPrefix::toString)
                .map(range -> range.substring(0, range.indexOf('/')))
                .findFirst()
                .orElse("");
    }

    /** In wg-easy every peer has a name; here the key stands for a missing one. */
    private static String name(InterfaceView one, PeerStatus peer) {
        return one.names().getOrDefault(peer.publicKey(), peer.publicKey().toBase64());
    }
}
