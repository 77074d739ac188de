// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.tunnel.text.Typos;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;

/** The keys of a configuration file in their usual spelling; case does not matter. */
enum ConfigKey {
    PRIVATE_KEY("PrivateKey", Place.INTERFACE),
    LISTEN_PORT("ListenPort", Place.INTERFACE),
    FW_MARK("FwMark", Place.INTERFACE),
    PUBLIC_KEY("PublicKey", Place.PEER),
    PRESHARED_KEY("PresharedKey", Place.PEER),
    ENDPOINT("Endpoint", Place.PEER),
    ALLOWED_IPS("AllowedIPs", Place.PEER),
    PERSISTENT_KEEPALIVE("PersistentKeepalive", Place.PEER),
    ADDRESS("Address", Place.QUICK),
    DNS("DNS", Place.QUICK),
    MTU("MTU", Place.QUICK),
    TABLE("Table", Place.QUICK),
    PRE_UP("PreUp", Place.QUICK),
    POST_UP("PostUp", Place.QUICK),
    PRE_DOWN("PreDown", Place.QUICK),
    POST_DOWN("PostDown", Place.QUICK),
    SAVE_CONFIG("SaveConfig", Place.QUICK);

    enum Place {
        INTERFACE,
        PEER,
        /** A key of the [Interface] section in wg-quick's files only. */
        QUICK
    }

    private static final int MAX_TYPOS = 2;

    final String text;
    final Place place;

    ConfigKey(String text, Place place) {
        this.text = text;
        this.place = place;
    }

    /** Returns whether its value is a shell command. */
    boolean isHook() {
        return this == PRE_UP || this == POST_UP || this == PRE_DOWN || this == POST_DOWN;
    }

    /** Returns the key of that name, or null. */
    static ConfigKey find(String name) {
        return Arrays.stream(values())
                .filter(key -> key.text.equalsIgnoreCase(name))
                .findFirst()
                .orElse(null);
    }

    /** Returns the key that was probably meant, or null. */
    static ConfigKey similar(String name, Stream<ConfigKey> candidates) {
        String lower = name.toLowerCase(Locale.ROOT);
        return candidates
                .filter(key -> Typos.between(lower, key.lower()) <= MAX_TYPOS)
                .min(Comparator.comparingInt(key -> Typos.between(lower, key.lower())))
                .orElse(null);
    }

    private String lower() {
        return text.toLowerCase(Locale.ROOT);
    }
}
