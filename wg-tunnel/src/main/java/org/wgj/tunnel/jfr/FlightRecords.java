// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.jfr;

import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.DropReason;
import org.wgj.tunnel.udp.UdpCounters;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Writes the events of all tunnels; only for runtimes with jdk.jfr. Safe for several threads. */
final class FlightRecords {
    /** A session carries nothing after this time (whitepaper 6.1, Reject-After-Time). */
    private static final long SESSION_NS = 180_000_000_000L;

    private static final int ANSWER_SECONDS = 1;

    /** The tunnels, and the drops that were recorded of each. */
    private static final Map<FlightSource, Map<DropReason, Long>> SOURCES =
            new ConcurrentHashMap<>();

    static {
        FlightRecorder.addListener(
                new FlightRecorderListener() {
                    @Override
                    public void recorderInitialized(FlightRecorder recorder) {
                        FlightRecorder.addPeriodicEvent(
                                DataPathEvent.class, FlightRecords::writeDataPaths);
                        FlightRecorder.addPeriodicEvent(
                                DropsEvent.class, FlightRecords::writeDrops);
                    }
                });
    }

    private FlightRecords() {}

    static void add(FlightSource source) {
        SOURCES.put(source, new EnumMap<>(DropReason.class));
    }

    static void remove(FlightSource source) {
        SOURCES.remove(source);
    }

    /**
     * Returns whether a recording has been made in this JVM; before that, no event's class is
     * loaded.
     */
    static boolean isInUse() {
        return FlightRecorder.isInitialized();
    }

    /**
     * @param sinceNs the time since the last recorded handshake; negative if there was none
     */
    static void completed(String tunnel, PublicKey peer, long sinceNs) {
        if (sinceNs < 0 || sinceNs >= SESSION_NS) {
            handshake(tunnel, peer, "completed");
            return;
        }
        RekeyEvent event = new RekeyEvent();
        if (event.shouldCommit()) {
            event.tunnel = tunnel;
            event.peer = peer.toBase64();
            event.sinceLast = sinceNs;
            event.commit();
        }
    }

    static void failed(String tunnel, PublicKey peer) {
        handshake(tunnel, peer, "failed");
    }

    private static void handshake(String tunnel, PublicKey peer, String result) {
        HandshakeEvent event = new HandshakeEvent();
        if (event.shouldCommit()) {
            event.tunnel = tunnel;
            event.peer = peer.toBase64();
            event.result = result;
            event.commit();
        }
    }

    // --- on the recorder's thread

    private static void writeDataPaths() {
        SOURCES.keySet().forEach(FlightRecords::writeDataPath);
    }

    private static void writeDataPath(FlightSource source) {
        FlightSource.Counters counters = ask(source);
        if (counters != null) {
            UdpCounters udp = counters.udp();
            DataPathEvent event = new DataPathEvent();
            event.tunnel = source.name();
            event.datagramsSent = udp.sent();
            event.datagramsReceived = udp.received();
            event.datagramsLost = udp.lost() + udp.overflowed();
            event.packetsRead = counters.read();
            event.packetsWritten = counters.written();
            event.commit();
        }
    }

    private static void writeDrops() {
        SOURCES.forEach(FlightRecords::writeDrops);
    }

    private static void writeDrops(FlightSource source, Map<DropReason, Long> recorded) {
        FlightSource.Counters counters = ask(source);
        if (counters == null) {
            return;
        }
        counters.drops()
                .forEach(
                        (reason, count) -> {
                            Long before = recorded.put(reason, count);
                            long since = count - (before == null ? 0 : before);
                            if (since != 0) {
                                DropsEvent event = new DropsEvent();
                                event.tunnel = source.name();
                                event.reason = reason.name().toLowerCase(Locale.ROOT);
                                event.count = since;
                                event.commit();
                            }
                        });
    }

    /** Returns null if the tunnel is closed or too busy to answer. */
    private static FlightSource.Counters ask(FlightSource source) {
        try {
            return source.counters().get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
