// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.protocol.DropReason;
import org.wgj.tun.TunOffload;
import org.wgj.tunnel.DataPathInfo;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Writes and reads the reply to {@code engine=1}, our own operation beside {@code get=1}: what a
 * tunnel works with and what it dropped. No other implementation answers it, and {@code wg} never
 * asks.
 *
 * <pre>
 * aead=cipher
 * workers=0
 * tun_offload=split_tcp      (one line for each)
 * udp_segmentation=true
 * udp_coalescing=true
 * drop_no_peer=3             (one line for each reason)
 * udp_sent=12                (one line for each count of CounterText)
 * errno=0
 * </pre>
 */
final class DataPathText {
    static final String OPERATION = "engine=1";

    private static final String DROP = "drop_";

    private String aead = "";
    private int workers;
    private boolean udpSegmentation;
    private boolean udpCoalescing;
    private final Set<TunOffload> tunOffloads = EnumSet.noneOf(TunOffload.class);
    private final Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
    private final CounterText counters = new CounterText();

    static String reply(DataPathInfo info) {
        StringBuilder out = new StringBuilder();
        out.append(GetReply.line("aead", info.aead()));
        out.append(GetReply.line("workers", Integer.toString(info.workers())));
        for (TunOffload offload : info.tunOffloads()) {
            out.append(GetReply.line("tun_offload", lower(offload)));
        }
        out.append(GetReply.line("udp_segmentation", Boolean.toString(info.udpSegmentation())));
        out.append(GetReply.line("udp_coalescing", Boolean.toString(info.udpCoalescing())));
        info.drops()
                .forEach(
                        (reason, count) ->
                                out.append(
                                        GetReply.line(
                                                DROP + lower(reason),
                                                Long.toUnsignedString(count))));
        CounterText.write(info, out);
        return out.append(GetReply.end(0)).toString();
    }

    /** Reads a line and skips unknown keys, which a later version may add. */
    void line(String key, String value) {
        switch (key) {
            case "aead" -> aead = value;
            case "workers" -> workers = Integer.parseInt(value);
            case "tun_offload" -> add(value);
            case "udp_segmentation" -> udpSegmentation = Boolean.parseBoolean(value);
            case "udp_coalescing" -> udpCoalescing = Boolean.parseBoolean(value);
            default -> {
                counters.line(key, value);
                for (DropReason reason : DropReason.values()) {
                    if (key.equals(DROP + lower(reason))) {
                        drops.put(reason, Long.parseUnsignedLong(value));
                    }
                }
            }
        }
    }

    private void add(String name) {
        for (TunOffload offload : TunOffload.values()) {
            if (name.equals(lower(offload))) {
                tunOffloads.add(offload);
            }
        }
    }

    DataPathInfo info() {
        return new DataPathInfo(
                aead,
                workers,
                tunOffloads,
                udpSegmentation,
                udpCoalescing,
                drops,
                counters.udp(),
                counters.counters(),
                counters.loopDelay());
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
