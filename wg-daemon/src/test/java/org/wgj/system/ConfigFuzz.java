// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Configuration files, right and wrong ones: lines of real ones, in sections or beside them, every
 * other one damaged a little. The same seed gives the same files.
 */
final class ConfigFuzz {
    private static final String ALPHABET = "aAzZ09 \t=[]#:/,.+-<>%_xX\u000b";
    private static final List<String> KEYS =
            List.of(
                    "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=",
                    "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=",
                    "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=",
                    "gN65BkIKy1eCE9pP1wdc8ROUtkHLF2PfAqYdyYBz6EA=");

    private final Random random;

    ConfigFuzz(long seed) {
        random = new Random(seed);
    }

    private String oneOf(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private String key() {
        return KEYS.get(random.nextInt(KEYS.size()));
    }

    String file() {
        List<String> lines = new ArrayList<>();
        if (random.nextInt(20) > 0) {
            lines.add(oneOf("[Interface]", "[interface]", "[Interface]", " [Interface] # x"));
        }
        for (int i = random.nextInt(5); i > 0; i--) {
            lines.add(random.nextInt(3) == 0 ? quickLine() : deviceLine());
        }
        for (int peers = random.nextInt(3); peers > 0; peers--) {
            lines.add(oneOf("[Peer]", "[PEER]", "[Peer]", "[Peer]#"));
            if (random.nextInt(20) > 0) {
                lines.add("PublicKey = " + key());
            }
            for (int i = random.nextInt(4); i > 0; i--) {
                lines.add(peerLine());
            }
        }
        if (random.nextInt(3) == 0) {
            lines.add(random.nextInt(lines.size() + 1), oneOf("", "# a comment", "  \t", "#="));
        }
        if (random.nextBoolean() && !lines.isEmpty()) {
            int victim = random.nextInt(lines.size());
            lines.set(victim, damaged(lines.get(victim)));
        }
        return String.join("\n", lines) + oneOf("\n", "", "\r\n");
    }

    private String deviceLine() {
        return switch (random.nextInt(3)) {
            case 0 -> "PrivateKey=" + key();
            case 1 -> "ListenPort = " + oneOf("51820", "0", "65535", "00080", "domain", "65536");
            default ->
                    oneOf("FwMark", "fwmark", "Fw Mark")
                            + " = "
                            + oneOf("off", "OFF", "0", "0x", "0x7f", "0xFFFFFFFF", "0x100000000")
                            + oneOf("", "", " # mark");
        };
    }

    private String peerLine() {
        return switch (random.nextInt(5)) {
            case 0 -> "PresharedKey = " + key();
            case 1 ->
                    "Endpoint = "
                            + oneOf("192.0.2.1:51820", "[2001:db8::1]:1", "2001:db8::1:80", "[::1]")
                            + oneOf("", "", "0");
            case 2 -> "PersistentKeepalive = " + oneOf("25", "off", "0", "65535", "65536", "007");
            default ->
                    "AllowedIPs = "
                            + oneOf("10.0.0.0/8", "10.1.2.3/16", "10.9.9.9", "0.0.0.0/0")
                            + oneOf("", ",", ", fd00::/64", ",::/0 , 10.7.0.0/24", ",fd00::1/129");
        };
    }

    private String quickLine() {
        return switch (random.nextInt(6)) {
            case 0 -> "Address = 10.0.0.1/24, fd00::1/64";
            case 1 -> "DNS = 192.0.2.53, example.com";
            case 2 -> "MTU = 1400";
            case 3 -> oneOf("PostUp = echo %i # up", "PreDown=true", "post down = x");
            case 4 -> "Table = " + oneOf("off", "auto", "1234");
            default -> "SaveConfig = " + oneOf("true", "False", "maybe");
        };
    }

    private String damaged(String line) {
        int at = random.nextInt(line.length() + 1);
        String before = line.substring(0, at);
        String after = line.substring(at);
        char some = ALPHABET.charAt(random.nextInt(ALPHABET.length()));
        return switch (random.nextInt(4)) {
            case 0 -> before + some + after;
            case 1 -> before + after.substring(Math.min(1, after.length()));
            case 2 -> before + some + after.substring(Math.min(1, after.length()));
            default -> before;
        };
    }
}
