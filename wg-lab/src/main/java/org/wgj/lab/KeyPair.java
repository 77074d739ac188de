// SPDX-License-Identifier: Apache-2.0
package org.wgj.lab;

import java.util.List;

/** A key pair in base64, made by the stock `wg`. */
public record KeyPair(String privateKey, String publicKey) {
    public static KeyPair generate() {
        String[] lines = bash("key=$(wg genkey); echo $key; echo $key | wg pubkey").split("\n");
        return new KeyPair(lines[0], lines[1]);
    }

    public static String presharedKey() {
        return bash("wg genpsk").strip();
    }

    private static String bash(String script) {
        return Command.run(Command.DEADLINE, "", List.of("bash", "-c", script)).orFail().out();
    }

    @Override
    public String toString() {
        return publicKey;
    }
}
