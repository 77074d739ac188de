// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.TunnelNet;
import org.wgj.netstack.TunnelNetBuilder;

import java.time.Duration;

/**
 * The section [TCP]: settings of the tunnel's TCP/IP stack that a user may need. They hold from the
 * start of the tunnel to its end.
 *
 * @param congestionOrNull the name of the congestion control; null for the stack's default
 * @param maxBuffer bytes to which a buffer of a connection may grow; 0 for the default
 * @param memory bytes for the data of all connections; 0 for the default
 * @param userTimeoutOrNull how long data may stay unacknowledged; null for the default
 */
public record TcpSettings(
        String congestionOrNull, int maxBuffer, long memory, Duration userTimeoutOrNull) {
    /** What a file without the section has. */
    static final TcpSettings DEFAULT = new TcpSettings(null, 0, 0, null);

    private static final int MAX_SECONDS = 86_400;

    /**
     * Reads the section. The builder knows what is allowed, and tells it.
     *
     * @throws ProxyFileException if a value is wrong
     */
    static TcpSettings read(SectionReader in) throws ProxyFileException {
        TunnelNetBuilder checks = TunnelNet.builder();
        String congestion =
                in.value(
                        "CongestionControl",
                        text -> {
                            checks.congestionControl(text);
                            return text;
                        });
        Integer maxBuffer =
                in.value(
                        "MaxBuffer",
                        text -> {
                            int bytes = (int) Math.min(bytes(text), Integer.MAX_VALUE);
                            checks.maxTcpBuffer(bytes);
                            return bytes;
                        });
        Long memory =
                in.value(
                        "Memory",
                        text -> {
                            long bytes = bytes(text);
                            checks.tcpMemory(bytes);
                            return bytes;
                        });
        Integer seconds =
                in.number("UserTimeout", 1, MAX_SECONDS, "expected seconds from 1 to 86400");
        return new TcpSettings(
                congestion,
                maxBuffer == null ? 0 : maxBuffer,
                memory == null ? 0 : memory,
                seconds == null ? null : Duration.ofSeconds(seconds));
    }

    /** Parses bytes, or units of 1,024 or 1,048,576 bytes with K or M behind the number. */
    private static long bytes(String text) {
        if (!text.matches("[0-9]{1,12}[KkMm]?")) {
            throw new IllegalArgumentException("expected bytes, or a number with K or M");
        }
        int end = text.length() - 1;
        int shift =
                switch (text.charAt(end)) {
                    case 'K', 'k' -> 10;
                    case 'M', 'm' -> 20;
                    default -> 0;
                };
        return Long.parseLong(shift == 0 ? text : text.substring(0, end)) << shift;
    }

    /** Tells a builder what the section says. */
    void apply(TunnelNetBuilder builder) {
        if (congestionOrNull != null) {
            builder.congestionControl(congestionOrNull);
        }
        if (maxBuffer > 0) {
            builder.maxTcpBuffer(maxBuffer);
        }
        if (memory > 0) {
            builder.tcpMemory(memory);
        }
        if (userTimeoutOrNull != null) {
            builder.userTimeout(userTimeoutOrNull);
        }
    }
}
