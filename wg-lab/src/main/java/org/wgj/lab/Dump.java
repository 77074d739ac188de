// SPDX-License-Identifier: Apache-2.0
package org.wgj.lab;

import java.util.Arrays;
import java.util.List;

/** The output of `wg show IF dump`: an interface and its peers in the order shown. */
public record Dump(
        String privateKey, String publicKey, int listenPort, String fwmark, List<Peer> peers) {
    public record Peer(
            String publicKey,
            String presharedKey,
            String endpoint,
            List<String> allowedIps,
            long latestHandshake,
            long received,
            long sent,
            String keepalive) {}

    public static Dump parse(String text) {
        List<String[]> lines = text.strip().lines().map(line -> line.split("\t")).toList();
        String[] device = lines.getFirst();
        List<Peer> peers = lines.stream().skip(1).map(Dump::peer).toList();
        return new Dump(device[0], device[1], Integer.parseInt(device[2]), device[3], peers);
    }

    private static Peer peer(String[] column) {
        List<String> allowedIps =
                column[3].equals("(none)") ? List.of() : Arrays.asList(column[3].split(","));
        return new Peer(
                column[0],
                column[1],
                column[2],
                allowedIps,
                Long.parseLong(column[4]),
                Long.parseLong(column[5]),
                Long.parseLong(column[6]),
                column[7]);
    }

    /** The only peer. */
    public Peer peer() {
        if (peers.size() != 1) {
            throw new AssertionError("not one peer: " + peers);
        }
        return peers.getFirst();
    }

    public Peer peer(String publicKey) {
        return peers.stream()
                .filter(peer -> peer.publicKey().equals(publicKey))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no peer " + publicKey + " in " + peers));
    }
}
