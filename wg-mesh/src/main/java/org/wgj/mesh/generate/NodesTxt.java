// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import org.wgj.crypto.PublicKey;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.Values;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The list of the guide's script: {@code name public_ip tunnel_ip}, one line for each node. More is
 * allowed: {@code #} begins a comment, a public address may be a name and have a port, {@code -}
 * stands for a node behind NAT, and a fourth word is the node's public key.
 */
final class NodesTxt {
    private NodesTxt() {}

    static NodeList read(String source, String text, Problems problems) {
        List<ListedNode> nodes = new ArrayList<>();
        String[] lines = text.split("\\R", -1);
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i].replaceFirst("#.*", "").strip();
            if (line.startsWith("\ufeff")) {
                line = line.substring(1);
            }
            if (!line.isEmpty()) {
                try {
                    nodes.add(node(i + 1, line.split("\\s+")));
                } catch (IllegalArgumentException e) {
                    problems.add(i + 1, e.getMessage());
                }
            }
        }
        return new NodeList(source, nodes, null, OptionalInt.empty(), NodeList.KEEPALIVE, true);
    }

    private static ListedNode node(int line, String[] words) {
        if (words.length < 3 || words.length > 4) {
            throw new IllegalArgumentException(
                    "expected NAME PUBLIC-ADDRESS TUNNEL-ADDRESS, and perhaps a public key, but"
                            + " there "
                            + (words.length == 1 ? "is 1 word" : "are " + words.length + " words"));
        }
        HostPort endpoint =
                words[1].equals("-") ? null : NodeFields.endpoint(words[1], NodeList.FIRST_PORT);
        PublicKey key = words.length == 4 ? Values.publicKey(words[3]) : null;
        return new ListedNode(
                line,
                NodeFields.name(words[0]),
                endpoint,
                endpoint == null ? NodeList.FIRST_PORT : endpoint.port(),
                List.of(NodeFields.address(words[2])),
                List.of(),
                false,
                null,
                key,
                null,
                null);
    }
}
