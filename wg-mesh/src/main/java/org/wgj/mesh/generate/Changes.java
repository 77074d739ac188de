// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import org.wgj.crypto.PublicKey;
import org.wgj.tunnel.TunnelConfig;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Tells how the files of a mesh differ from those of an older folder. */
public final class Changes {
    private final Map<PublicKey, String> names = new HashMap<>();

    private Changes() {}

    /**
     * Compares files with those of a folder.
     *
     * @param files the new texts by path
     * @param old the older folder
     * @return one line for each difference, empty without differences; no line has a key
     * @throws IOException if a file of the folder cannot be read
     */
    public static List<String> between(Map<String, String> files, Path old) throws IOException {
        return new Changes().compare(files, old);
    }

    private List<String> compare(Map<String, String> files, Path old) throws IOException {
        Map<String, TunnelConfig> before = new LinkedHashMap<>();
        Map<String, TunnelConfig> after = new LinkedHashMap<>();
        for (Map.Entry<String, String> file : files.entrySet()) {
            after.put(file.getKey(), TunnelConfig.parse(file.getKey(), file.getValue()));
            TunnelConfig existing = ConfFolder.readOrNull(old.resolve(file.getKey()));
            if (existing != null) {
                before.put(file.getKey(), existing);
            }
        }
        for (String gone : ConfFolder.strangers(old, files.keySet())) {
            before.put(gone, ConfFolder.readOrNull(old.resolve(gone)));
        }
        before.forEach(this::learn);
        after.forEach(this::learn);
        List<String> lines = new ArrayList<>();
        after.forEach(
                (file, now) -> {
                    TunnelConfig then = before.remove(file);
                    if (then == null) {
                        lines.add("+ " + file + ": new, with " + peers(now.peers().size()));
                    } else {
                        compare(file, then, now, lines);
                    }
                });
        before.keySet().forEach(file -> lines.add("- " + file + ": its node is gone"));
        return lines;
    }

    private static String peers(int count) {
        return count == 1 ? "1 peer" : count + " peers";
    }

    private void learn(String file, TunnelConfig config) {
        if (config.privateKey() != null) {
            names.put(config.privateKey().publicKey(), file.replaceFirst("(/wg\\d)?\\.conf$", ""));
        }
    }

    private String name(PublicKey key) {
        return names.getOrDefault(key, key.toBase64());
    }

    private void compare(String file, TunnelConfig then, TunnelConfig now, List<String> lines) {
        List<String> changes = new ArrayList<>();
        if (!Objects.equals(then.privateKey(), now.privateKey())) {
            changes.add("another key");
        }
        changed("address", then.addresses(), now.addresses(), changes);
        changed("port", then.listenPort(), now.listenPort(), changes);
        changed("MTU", then.mtu(), now.mtu(), changes);
        Map<PublicKey, TunnelConfig.Peer> peers = new LinkedHashMap<>();
        then.peers().forEach(peer -> peers.put(peer.publicKey(), peer));
        for (TunnelConfig.Peer peer : now.peers()) {
            TunnelConfig.Peer old = peers.remove(peer.publicKey());
            if (old == null) {
                changes.add("+ peer " + name(peer.publicKey()));
            } else {
                List<String> parts = new ArrayList<>();
                changed("endpoint", old.endpoint(), peer.endpoint(), parts);
                changed("allowed IPs", old.allowedIps(), peer.allowedIps(), parts);
                changed("keepalive", old.persistentKeepalive(), peer.persistentKeepalive(), parts);
                if (!Objects.equals(old.presharedKey(), peer.presharedKey())) {
                    parts.add("another preshared key");
                }
                if (!parts.isEmpty()) {
                    changes.add(
                            "peer "
                                    + name(peer.publicKey())
                                    + " has "
                                    + String.join(" and ", parts));
                }
            }
        }
        peers.keySet().forEach(key -> changes.add("- peer " + name(key)));
        if (!changes.isEmpty()) {
            lines.add("~ " + file + ": " + String.join(", ", changes));
        }
    }

    private static void changed(String what, Object then, Object now, List<String> changes) {
        if (!Objects.equals(then, now)) {
            changes.add("another " + what);
        }
    }
}
