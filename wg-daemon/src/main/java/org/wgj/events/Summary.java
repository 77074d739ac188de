// SPDX-License-Identifier: Apache-2.0
package org.wgj.events;

import org.slf4j.spi.LoggingEventBuilder;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.TunnelStatus;

import java.time.Duration;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Sums up an interface over some time: the difference of two states.
 *
 * @param time how long that was
 * @param peers how many peers are configured now
 * @param connected how many of them are connected now
 * @param connections how often a peer connected
 * @param silences how often a peer went silent
 * @param received bytes, unsigned
 * @param sent bytes, unsigned
 * @param refused how many datagrams and packets were dropped, by reason; without those that were
 *     not
 */
record Summary(
        Duration time,
        int peers,
        int connected,
        long connections,
        long silences,
        long received,
        long sent,
        Map<DropReason, Long> refused) {

    /** Compares two states. A peer that was removed takes its bytes with it. */
    static Summary between(
            TunnelStatus before,
            TunnelStatus now,
            Duration time,
            int connected,
            long connections,
            long silences) {
        Map<Object, PeerStatus> old =
                before.peers().stream()
                        .collect(Collectors.toMap(PeerStatus::publicKey, peer -> peer));
        long received = 0;
        long sent = 0;
        for (PeerStatus peer : now.peers()) {
            PeerStatus then = old.get(peer.publicKey());
            // A peer that was removed and added again has new counters.
            boolean same =
                    then != null
                            && Long.compareUnsigned(then.receivedBytes(), peer.receivedBytes()) <= 0
                            && Long.compareUnsigned(then.sentBytes(), peer.sentBytes()) <= 0;
            received += peer.receivedBytes() - (same ? then.receivedBytes() : 0);
            sent += peer.sentBytes() - (same ? then.sentBytes() : 0);
        }
        Map<DropReason, Long> refused =
                now.drops().entrySet().stream()
                        .collect(
                                Collectors.toMap(
                                        Map.Entry::getKey,
                                        each ->
                                                each.getValue()
                                                        - before.drops()
                                                                .getOrDefault(each.getKey(), 0L)));
        refused.values().removeIf(count -> count == 0);
        return new Summary(
                time,
                now.peers().size(),
                connected,
                connections,
                silences,
                received,
                sent,
                refused);
    }

    String words() {
        return "in "
                + time.toSeconds()
                + " s: "
                + connected
                + " of "
                + peers
                + " peers connected, "
                + connections
                + " came, "
                + silences
                + " went silent; received "
                + Long.toUnsignedString(received)
                + " bytes, sent "
                + Long.toUnsignedString(sent)
                + "; "
                + (refused.isEmpty() ? "nothing refused" : "refused " + reasons());
    }

    /** The most frequent reason comes first. */
    private String reasons() {
        return refused.entrySet().stream()
                .sorted(
                        Map.Entry.<DropReason, Long>comparingByValue(Comparator.reverseOrder())
                                .thenComparing(Map.Entry.comparingByKey()))
                .map(each -> each.getValue() + " " + word(each.getKey()))
                .collect(Collectors.joining(", "));
    }

    private static String word(DropReason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    LoggingEventBuilder keys(LoggingEventBuilder line) {
        LoggingEventBuilder out =
                line.addKeyValue("event", "summary")
                        .addKeyValue("seconds", time.toSeconds())
                        .addKeyValue("peers", peers)
                        .addKeyValue("connected", connected)
                        .addKeyValue("connections", connections)
                        .addKeyValue("silences", silences)
                        .addKeyValue("receivedBytes", received)
                        .addKeyValue("sentBytes", sent);
        for (Map.Entry<DropReason, Long> each : refused.entrySet()) {
            out = out.addKeyValue("refused_" + word(each.getKey()), each.getValue());
        }
        return out;
    }
}
