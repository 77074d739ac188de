// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.KeyPair;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Fills in the keys of a guide's configuration files: {@code <node-A-private-key>}, {@code
 * <client-1-pubkey>}, {@code <Server B public key>}. Equal names get the same key pair.
 */
final class GuideKeys {
    private static final Pattern PLACEHOLDER =
            Pattern.compile("<(.+?)[- ](private[- ]key|public[- ]key|pubkey)>");

    private final Map<String, KeyPair> keys = new HashMap<>();

    String fill(String text) {
        return PLACEHOLDER
                .matcher(text)
                .replaceAll(
                        match -> {
                            KeyPair pair = of(match.group(1));
                            return match.group(2).startsWith("private")
                                    ? pair.privateKey()
                                    : pair.publicKey();
                        });
    }

    KeyPair of(String name) {
        return keys.computeIfAbsent(name, unknown -> KeyPair.generate());
    }
}
