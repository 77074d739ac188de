// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import static org.wgj.metrics.MetricFamily.counter;
import static org.wgj.metrics.MetricFamily.gauge;
import static org.wgj.metrics.MetricFamily.info;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.uapi.EndpointText;

import java.time.Instant;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The families of the two exporters that most dashboards know, MindFlavor's
 * prometheus_wireguard_exporter and mdlayher's wireguard_exporter: names, labels and types are
 * theirs. Both give a handshake as UNIX time, 0 for never. Addresses of peers are labels of an info
 * only, because a counter whose labels change begins again.
 */
final class PeerFamilies {
    private static final String[] MINDFLAVOR = {
        "interface", "public_key", "allowed_ips", "friendly_name"
    };
    private static final String[] MDLAYHER = {"device", "public_key"};

    static final MetricFamily SENT =
            counter(
                    "wireguard_sent_bytes_total",
                    "bytes",
                    "Bytes sent to the peer, handshakes included.",
                    MINDFLAVOR);
    static final MetricFamily RECEIVED =
            counter(
                    "wireguard_received_bytes_total",
                    "bytes",
                    "Authenticated bytes received from the peer.",
                    MINDFLAVOR);
    static final MetricFamily HANDSHAKE =
            gauge(
                    "wireguard_latest_handshake_seconds",
                    "seconds",
                    "UNIX time of the last handshake with the peer, 0 for never.",
                    MINDFLAVOR);

    static final MetricFamily DEVICE =
            info("wireguard_device_info", "The interface and its own public key.", MDLAYHER);
    static final MetricFamily PEER =
            info(
                    "wireguard_peer_info",
                    "The peer, where it is, and its name if the configuration file has one.",
                    "device",
                    "public_key",
                    "endpoint",
                    "name",
                    "allowed_ips");
    static final MetricFamily ALLOWED_IPS =
            info(
                    "wireguard_peer_allowed_ips_info",
                    "Each range of addresses that is routed to the peer.",
                    "device",
                    "public_key",
                    "allowed_ips",
                    "family");
    static final MetricFamily RECEIVE =
            counter(
                    "wireguard_peer_receive_bytes_total",
                    "bytes",
                    "Authenticated bytes received from the peer.",
                    MDLAYHER);
    static final MetricFamily TRANSMIT =
            counter(
                    "wireguard_peer_transmit_bytes_total",
                    "bytes",
                    "Bytes sent to the peer, handshakes included.",
                    MDLAYHER);
    static final MetricFamily LAST_HANDSHAKE =
            gauge(
                    "wireguard_peer_last_handshake_seconds",
                    "seconds",
                    "UNIX time of the last handshake with the peer, 0 for never.",
                    MDLAYHER);

    static final MetricFamily CONFIGURED =
            gauge("wireguard_configured_peers", "", "Peers of the interface.", "interface");
    static final MetricFamily ENABLED =
            gauge(
                    "wireguard_enabled_peers",
                    "",
                    "The same number: an interface has no disabled peers.",
                    "interface");
    static final MetricFamily CONNECTED =
            gauge(
                    "wireguard_connected_peers",
                    "",
                    "Peers whose last handshake is at most 180 seconds old.",
                    "interface");

    static final List<MetricFamily> ALL =
            List.of(
                    SENT,
                    RECEIVED,
                    HANDSHAKE,
                    DEVICE,
                    PEER,
                    ALLOWED_IPS,
                    RECEIVE,
                    TRANSMIT,
                    LAST_HANDSHAKE,
                    CONFIGURED,
                    ENABLED,
                    CONNECTED);

    private final List<InterfaceView> interfaces;
    private final PeerSelection selection;
    private final Instant now;

    PeerFamilies(List<InterfaceView> interfaces, PeerSelection selection, Instant now) {
        this.interfaces = interfaces;
        this.selection = selection;
        this.now = now;
    }

    List<Series> series() {
        return List.of(
                peers(SENT, (one, peer) -> mindflavor(SENT, peer.sentBytes(), one, peer)),
                peers(
                        RECEIVED,
                        (one, peer) -> mindflavor(RECEIVED, peer.receivedBytes(), one, peer)),
                peers(HANDSHAKE, (one, peer) -> mindflavor(HANDSHAKE, unixTime(peer), one, peer)),
                new Series(
                        DEVICE,
                        interfaces.stream()
                                .map(one -> DEVICE.flag(true, one.device(), ownKey(one)))),
                peers(PEER, PeerFamilies::about),
                new Series(ALLOWED_IPS, interfaces.stream().flatMap(this::allowedIps)),
                peers(RECEIVE, (one, peer) -> mdlayher(RECEIVE, peer.receivedBytes(), one, peer)),
                peers(TRANSMIT, (one, peer) -> mdlayher(TRANSMIT, peer.sentBytes(), one, peer)),
                peers(
                        LAST_HANDSHAKE,
                        (one, peer) -> mdlayher(LAST_HANDSHAKE, unixTime(peer), one, peer)),
                counts(CONFIGURED, interfaces, now),
                counts(ENABLED, interfaces, now),
                counts(CONNECTED, interfaces, now));
    }

    /** Returns one of the three counts of peers, which count all of them in any case. */
    static Series counts(MetricFamily family, List<InterfaceView> interfaces, Instant now) {
        return new Series(
                family,
                interfaces.stream()
                        .map(
                                one ->
                                        family.count(
                                                family == CONNECTED
                                                        ? one.status().peers().stream()
                                                                .filter(
                                                                        peer ->
                                                                                PeerSelection
                                                                                        .isConnected(
                                                                                                peer,
                                                                                                now))
                                                                .count()
                                                        : one.status().peers().size(),
                                                one.device())));
    }

    private Series peers(
            MetricFamily family,
            BiFunction<InterfaceView, PeerStatus, MetricFamily.Sample> sample) {
        return new Series(
                family,
                interfaces.stream()
                        .flatMap(one -> selected(one).map(peer -> sample.apply(one, peer))));
    }

    private Stream<PeerStatus> selected(InterfaceView one) {
        return one.status().peers().stream().filter(peer -> selection.includes(peer, now));
    }

    private static MetricFamily.Sample mindflavor(
            MetricFamily family, long value, InterfaceView one, PeerStatus peer) {
        return family.count(
                value,
                one.device(),
                peer.publicKey().toBase64(),
                ranges(peer),
                one.names().get(peer.publicKey()));
    }

    private static MetricFamily.Sample mdlayher(
            MetricFamily family, long value, InterfaceView one, PeerStatus peer) {
        return family.count(value, one.device(), peer.publicKey().toBase64());
    }

    private static MetricFamily.Sample about(InterfaceView one, PeerStatus peer) {
        return PEER.flag(
                true,
                one.device(),
                peer.publicKey().toBase64(),
                peer.endpoint() == null ? "" : EndpointText.format(peer.endpoint()),
                one.names().getOrDefault(peer.publicKey(), ""),
                ranges(peer));
    }

    private Stream<MetricFamily.Sample> allowedIps(InterfaceView one) {
        return selected(one)
                .flatMap(
                        peer ->
                                peer.allowedIps().stream()
                                        .map(
                                                range ->
                                                        ALLOWED_IPS.flag(
                                                                true,
                                                                one.device(),
                                                                peer.publicKey().toBase64(),
                                                                range.toString(),
                                                                range.ipv6() ? "IPv6" : "IPv4")));
    }

    private static String ownKey(InterfaceView one) {
        PublicKey key = one.status().publicKey();
        return key == null ? "" : key.toBase64();
    }

    private static String ranges(PeerStatus peer) {
        return peer.allowedIps().stream().map(IpPrefix::toString).collect(Collectors.joining(","));
    }

    private static long unixTime(PeerStatus peer) {
        return peer.lastHandshake() == null ? 0 : peer.lastHandshake().getEpochSecond();
    }
}
