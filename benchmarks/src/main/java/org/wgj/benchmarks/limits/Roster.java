// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.limits;

import org.wgj.crypto.PrivateKey;

import java.util.ArrayList;
import java.util.List;

/** The peers of the crowd: their keys, addresses, and ranges. */
final class Roster {
    static final int RANGES = 10;

    private final List<PrivateKey> keys = new ArrayList<>();

    Roster(int peers) {
        for (int i = 0; i < peers; i++) {
            keys.add(PrivateKey.generate());
        }
    }

    int size() {
        return keys.size();
    }

    /** One of 10.64.0.0/16; a limit by source address must apply to each by itself. */
    static String address(int peer) {
        return "10.64.%d.%d".formatted(peer / 250, peer % 250 + 1);
    }

    /** Half of the ranges are IPv4 addresses, half IPv6 networks. */
    private static String ranges(int peer) {
        List<String> ranges = new ArrayList<>();
        for (int i = 0; i < RANGES / 2; i++) {
            int number = peer * (RANGES / 2) + i;
            ranges.add("11.%d.%d.%d/32".formatted(number >> 16, number >> 8 & 0xff, number & 0xff));
            ranges.add("fd11:%x:%x::/48".formatted(number >> 16, number & 0xffff));
        }
        return String.join(",", ranges);
    }

    /** Sections for wg's addconf. */
    String sections(int keepaliveSeconds) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < keys.size(); i++) {
            out.append(
                    "[Peer]\nPublicKey = %s\nAllowedIPs = %s\nPersistentKeepalive = %d\n"
                            .formatted(
                                    keys.get(i).publicKey().toBase64(),
                                    ranges(i),
                                    keepaliveSeconds));
        }
        return out.toString();
    }

    /** For {@link Crowd}, a line each. */
    List<String> privateKeys() {
        return keys.stream().map(PrivateKey::toBase64).toList();
    }
}
