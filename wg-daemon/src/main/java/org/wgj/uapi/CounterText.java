// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.protocol.HandshakeCounters;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.TunCounters;
import org.wgj.tunnel.TunnelCounters;
import org.wgj.tunnel.udp.UdpCounters;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Writes and reads the counts of {@link DataPathText}'s reply, one line each, such as {@code
 * udp_sent=12}. A count that the other side does not send is 0.
 */
final class CounterText {
    private static final Map<String, ToLongFunction<DataPathInfo>> COUNTS = new LinkedHashMap<>();

    static {
        udp("sent", UdpCounters::sent);
        udp("received", UdpCounters::received);
        udp("lost", UdpCounters::lost);
        udp("overflowed", UdpCounters::overflowed);
        udp("truncated", UdpCounters::truncated);
        udp("receive_errors", UdpCounters::receiveErrors);
        udp("segmentations_refused", UdpCounters::segmentationsRefused);
        handshakes("initiations_sent", HandshakeCounters::initiationsSent);
        handshakes("responses_sent", HandshakeCounters::responsesSent);
        handshakes("cookie_replies_sent", HandshakeCounters::cookieRepliesSent);
        handshakes("initiations_received", HandshakeCounters::initiationsReceived);
        handshakes("responses_received", HandshakeCounters::responsesReceived);
        handshakes("cookie_replies_received", HandshakeCounters::cookieRepliesReceived);
        handshakes("attempts", HandshakeCounters::attempts);
        handshakes("unanswered", HandshakeCounters::unanswered);
        handshakes("failed", HandshakeCounters::failed);
        handshakes("completed_as_initiator", HandshakeCounters::completedAsInitiator);
        handshakes("completed_as_responder", HandshakeCounters::completedAsResponder);
        tun("read", TunCounters::read);
        tun("written", TunCounters::written);
        tun("refused", TunCounters::refused);
        tun("errors", TunCounters::errors);
        COUNTS.put("staged_bytes", info -> info.counters().stagedBytes());
        COUNTS.put("queued_bytes", info -> info.counters().queuedBytes());
        COUNTS.put("loop_delay_nanoseconds", info -> info.loopDelay().toNanos());
    }

    private final Map<String, Long> read = new HashMap<>();

    private static void udp(String name, ToLongFunction<UdpCounters> count) {
        COUNTS.put("udp_" + name, info -> count.applyAsLong(info.udp()));
    }

    private static void handshakes(String name, ToLongFunction<HandshakeCounters> count) {
        COUNTS.put("handshake_" + name, info -> count.applyAsLong(info.counters().handshakes()));
    }

    private static void tun(String name, ToLongFunction<TunCounters> count) {
        COUNTS.put("tun_" + name, info -> count.applyAsLong(info.counters().tun()));
    }

    static void write(DataPathInfo info, StringBuilder out) {
        COUNTS.forEach(
                (key, count) ->
                        out.append(
                                GetReply.line(
                                        key, Long.toUnsignedString(count.applyAsLong(info)))));
    }

    /** Takes a line if it is a count. */
    void line(String key, String value) {
        if (COUNTS.containsKey(key)) {
            read.put(key, Long.parseUnsignedLong(value));
        }
    }

    private long of(String key) {
        return read.getOrDefault(key, 0L);
    }

    UdpCounters udp() {
        return new UdpCounters(
                of("udp_sent"),
                of("udp_received"),
                of("udp_lost"),
                of("udp_overflowed"),
                of("udp_truncated"),
                of("udp_receive_errors"),
                of("udp_segmentations_refused"));
    }

    TunnelCounters counters() {
        HandshakeCounters handshakes =
                new HandshakeCounters(
                        of("handshake_initiations_sent"),
                        of("handshake_responses_sent"),
                        of("handshake_cookie_replies_sent"),
                        of("handshake_initiations_received"),
                        of("handshake_responses_received"),
                        of("handshake_cookie_replies_received"),
                        of("handshake_attempts"),
                        of("handshake_unanswered"),
                        of("handshake_failed"),
                        of("handshake_completed_as_initiator"),
                        of("handshake_completed_as_responder"));
        TunCounters tun =
                new TunCounters(
                        of("tun_read"), of("tun_written"), of("tun_refused"), of("tun_errors"));
        return new TunnelCounters(handshakes, tun, of("staged_bytes"), of("queued_bytes"));
    }

    Duration loopDelay() {
        return Duration.ofNanos(of("loop_delay_nanoseconds"));
    }
}
