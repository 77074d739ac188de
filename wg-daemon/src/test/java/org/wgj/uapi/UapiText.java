// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.fuzz.FuzzInput;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Makes lines of the configuration protocol from the input of a fuzzer. */
final class UapiText {
    private static final int MAX_LINES = 64;

    private static final List<String> KEYS =
            List.of(
                    "public_key",
                    "allowed_ip",
                    "endpoint",
                    "persistent_keepalive_interval",
                    "preshared_key",
                    "replace_allowed_ips",
                    "remove",
                    "update_only",
                    "protocol_version",
                    "private_key",
                    "listen_port",
                    "fwmark",
                    "replace_peers",
                    "last_handshake_time_sec",
                    "last_handshake_time_nsec",
                    "rx_bytes",
                    "tx_bytes",
                    "errno",
                    "unknown");

    /**
     * They include the public key of the private key 77..., because a tunnel must not be its own
     * peer.
     */
    private static final List<String> VALUES =
            List.of(
                    "77".repeat(32),
                    org.wgj.crypto.PrivateKey.fromHex("77".repeat(32)).publicKey().toHex(),
                    "A1".repeat(32),
                    "b2".repeat(32),
                    "0".repeat(64),
                    "10.0.0.0/8",
                    "10.1.2.3/16",
                    "-10.0.0.0/8",
                    "fd00::1/64",
                    "::/0",
                    "0.0.0.0/0",
                    "-::/0",
                    "192.0.2.1:51820",
                    "[2001:db8::1]:1",
                    "[::ffff:192.0.2.1]:65535",
                    "[fe80::1%lo]:7",
                    "true",
                    "1",
                    "0",
                    "51",
                    "65535",
                    "4294967295",
                    "18446744073709551615",
                    "31556889864403199");

    private UapiText() {}

    static List<String> lines(FuzzInput in) {
        List<String> lines = new ArrayList<>();
        while (lines.size() < MAX_LINES && in.hasMore()) {
            int key = in.below(KEYS.size() + 1);
            String line;
            if (key == KEYS.size()) {
                line = text(in);
            } else {
                int value = in.below(VALUES.size() + 1);
                line =
                        KEYS.get(key)
                                + "="
                                + (value == VALUES.size() ? text(in) : VALUES.get(value));
            }
            lines.add(line.replace("\n", ""));
        }
        lines.removeIf(String::isEmpty);
        return lines;
    }

    /**
     * Returns whether a message repeats the value of a line, which can be a secret. It may name the
     * key, which can be the value, too.
     */
    static boolean tellsValue(String message, String line) {
        int equals = line.indexOf('=');
        String value = line.substring(equals + 1);
        boolean isKey = equals > 0 && line.substring(0, equals).contains(value);
        return value.length() >= 16 && !isKey && message.contains(value);
    }

    private static String text(FuzzInput in) {
        return new String(in.shortBytes(), StandardCharsets.ISO_8859_1);
    }
}
