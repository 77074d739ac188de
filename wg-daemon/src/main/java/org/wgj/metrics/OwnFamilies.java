// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import static org.wgj.metrics.MetricFamily.counter;
import static org.wgj.metrics.MetricFamily.gauge;

import org.wgj.metrics.MetricFamily.Sample;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.HandshakeCounters;
import org.wgj.tun.TunOffload;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.udp.UdpCounters;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** Our own families of an interface's data path. Interfaces of other implementations have none. */
final class OwnFamilies {
    private static final String DEVICE = "device";

    static final MetricFamily DROPPED =
            counter(
                    "wgj_dropped_packets_total",
                    "",
                    "Packets and datagrams that were dropped, by reason.",
                    DEVICE,
                    "reason");
    static final MetricFamily HANDSHAKES =
            counter(
                    "wgj_handshakes_total",
                    "",
                    "Handshakes that this side (initiator) or the peer (responder) began, by"
                            + " result.",
                    DEVICE,
                    "kind",
                    "result");
    static final MetricFamily MESSAGES =
            counter(
                    "wgj_handshake_messages_total",
                    "",
                    "Handshake messages that were sent, or received and valid.",
                    DEVICE,
                    "direction",
                    "type");
    static final MetricFamily UDP =
            counter(
                    "wgj_udp_datagrams_total",
                    "",
                    "Datagrams that the sockets sent and received.",
                    DEVICE,
                    "direction");
    static final MetricFamily UDP_LOST =
            counter(
                    "wgj_udp_lost_datagrams_total",
                    "",
                    "Datagrams that the system refused (refused), that found the queue full"
                            + " (overflowed) or that arrived cut off (truncated).",
                    DEVICE,
                    "reason");
    static final MetricFamily UDP_ERRORS =
            counter(
                    "wgj_udp_receive_errors_total",
                    "",
                    "Failed calls to receive; none of them loses a datagram.",
                    DEVICE);
    static final MetricFamily UDP_REFUSALS =
            counter(
                    "wgj_udp_segmentation_refusals_total",
                    "",
                    "Calls to send many datagrams as one (GSO) that the system refused.",
                    DEVICE);
    static final MetricFamily TUN =
            counter(
                    "wgj_tun_packets_total",
                    "",
                    "Packets read from the interface, written to it, and refused by it.",
                    DEVICE,
                    "operation");
    static final MetricFamily TUN_ERRORS =
            counter(
                    "wgj_tun_write_errors_total",
                    "",
                    "Calls to write to the interface that failed as a whole.",
                    DEVICE);
    static final MetricFamily QUEUE =
            gauge(
                    "wgj_queue_bytes",
                    "bytes",
                    "Bytes that wait for a session (session) or for the sockets (udp) now.",
                    DEVICE,
                    "queue");
    static final MetricFamily OFFLOAD =
            gauge(
                    "wgj_offload_enabled",
                    "",
                    "1 if an offload of the kernel is in use, by which one call moves many"
                            + " packets, else 0.",
                    DEVICE,
                    "offload");
    static final MetricFamily WORKERS =
            gauge(
                    "wgj_crypto_workers",
                    "",
                    "Threads that help with large batches, by implementation of the cipher.",
                    DEVICE,
                    "aead");
    static final MetricFamily LAG =
            gauge(
                    "wgj_event_loop_lag_seconds",
                    "seconds",
                    "The time that the question for these figures waited for the interface's"
                            + " event loop.",
                    DEVICE);

    static final List<MetricFamily> ALL =
            List.of(
                    DROPPED,
                    HANDSHAKES,
                    MESSAGES,
                    UDP,
                    UDP_LOST,
                    UDP_ERRORS,
                    UDP_REFUSALS,
                    TUN,
                    TUN_ERRORS,
                    QUEUE,
                    OFFLOAD,
                    WORKERS,
                    LAG);

    private final List<InterfaceView> interfaces;

    OwnFamilies(List<InterfaceView> interfaces) {
        this.interfaces = interfaces.stream().filter(one -> one.dataPathOrNull() != null).toList();
    }

    List<Series> series() {
        return List.of(
                each(DROPPED, OwnFamilies::drops),
                each(HANDSHAKES, OwnFamilies::handshakes),
                each(MESSAGES, OwnFamilies::messages),
                each(
                        UDP,
                        (device, info) ->
                                Stream.of(
                                        UDP.count(info.udp().sent(), device, "sent"),
                                        UDP.count(info.udp().received(), device, "received"))),
                each(UDP_LOST, OwnFamilies::lost),
                one(UDP_ERRORS, info -> info.udp().receiveErrors()),
                one(UDP_REFUSALS, info -> info.udp().segmentationsRefused()),
                each(TUN, OwnFamilies::tun),
                one(TUN_ERRORS, info -> info.counters().tun().errors()),
                each(
                        QUEUE,
                        (device, info) ->
                                Stream.of(
                                        QUEUE.count(
                                                info.counters().stagedBytes(), device, "session"),
                                        QUEUE.count(info.counters().queuedBytes(), device, "udp"))),
                each(OFFLOAD, OwnFamilies::offloads),
                each(
                        WORKERS,
                        (device, info) ->
                                Stream.of(WORKERS.count(info.workers(), device, info.aead()))),
                each(
                        LAG,
                        (device, info) ->
                                Stream.of(LAG.measure(info.loopDelay().toNanos() / 1e9, device))));
    }

    private Series each(
            MetricFamily family, BiFunction<String, DataPathInfo, Stream<Sample>> samples) {
        return new Series(
                family,
                interfaces.stream()
                        .flatMap(one -> samples.apply(one.device(), one.dataPathOrNull())));
    }

    private Series one(MetricFamily family, ToLongFunction<DataPathInfo> count) {
        return each(
                family, (device, info) -> Stream.of(family.count(count.applyAsLong(info), device)));
    }

    private static Stream<Sample> drops(String device, DataPathInfo info) {
        return Arrays.stream(DropReason.values())
                .map(
                        reason ->
                                DROPPED.count(
                                        info.drops().getOrDefault(reason, 0L),
                                        device,
                                        lower(reason)));
    }

    private static Stream<Sample> handshakes(String device, DataPathInfo info) {
        HandshakeCounters counts = info.counters().handshakes();
        String ours = "initiator";
        String theirs = "responder";
        return Stream.of(
                HANDSHAKES.count(counts.attempts(), device, ours, "started"),
                HANDSHAKES.count(counts.unanswered(), device, ours, "unanswered"),
                HANDSHAKES.count(counts.failed(), device, ours, "failed"),
                HANDSHAKES.count(counts.completedAsInitiator(), device, ours, "completed"),
                HANDSHAKES.count(counts.initiationsReceived(), device, theirs, "started"),
                HANDSHAKES.count(counts.completedAsResponder(), device, theirs, "completed"));
    }

    private static Stream<Sample> messages(String device, DataPathInfo info) {
        HandshakeCounters counts = info.counters().handshakes();
        String sent = "sent";
        String received = "received";
        String cookie = "cookie_reply";
        return Stream.of(
                MESSAGES.count(counts.initiationsSent(), device, sent, "initiation"),
                MESSAGES.count(counts.responsesSent(), device, sent, "response"),
                MESSAGES.count(counts.cookieRepliesSent(), device, sent, cookie),
                MESSAGES.count(counts.initiationsReceived(), device, received, "initiation"),
                MESSAGES.count(counts.responsesReceived(), device, received, "response"),
                MESSAGES.count(counts.cookieRepliesReceived(), device, received, cookie));
    }

    private static Stream<Sample> lost(String device, DataPathInfo info) {
        UdpCounters udp = info.udp();
        return Stream.of(
                UDP_LOST.count(udp.lost(), device, "refused"),
                UDP_LOST.count(udp.overflowed(), device, "overflowed"),
                UDP_LOST.count(udp.truncated(), device, "truncated"));
    }

    private static Stream<Sample> tun(String device, DataPathInfo info) {
        return Stream.of(
                TUN.count(info.counters().tun().read(), device, "read"),
                TUN.count(info.counters().tun().written(), device, "written"),
                TUN.count(info.counters().tun().refused(), device, "refused"));
    }

    private static Stream<Sample> offloads(String device, DataPathInfo info) {
        return Stream.concat(
                Stream.of(
                        OFFLOAD.flag(info.udpSegmentation(), device, "udp_gso"),
                        OFFLOAD.flag(info.udpCoalescing(), device, "udp_gro")),
                Arrays.stream(TunOffload.values())
                        .map(
                                offload ->
                                        OFFLOAD.flag(
                                                info.tunOffloads().contains(offload),
                                                device,
                                                "tun_" + lower(offload))));
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
