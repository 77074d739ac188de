// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * A list of nodes, read from a file: {@code nodes.txt} with one line for each node, or {@code
 * nodes.toml}, which says more.
 *
 * @param source the file, for messages
 * @param nodes in the order of the file
 * @param topologyOrNull what the file asks for; null if it does not say
 * @param mtu the interfaces' MTU, if it is given
 * @param keepalive seconds; 0 for none
 * @param keepaliveEverywhere whether each peer gets a keepalive; otherwise those that a node behind
 *     NAT calls
 */
record NodeList(
        String source,
        List<ListedNode> nodes,
        Topology topologyOrNull,
        OptionalInt mtu,
        int keepalive,
        boolean keepaliveEverywhere) {
    /**
     * The keepalive of the guide's tunnels: shorter than the 30 s after which many routers forget.
     */
    static final int KEEPALIVE = 25;

    static final int FIRST_PORT = 51_820;

    /** A full mesh grows with the square of its nodes: 1000 nodes have a million peers. */
    static final int MOST_NODES = 1_000;

    private static final long MOST_BYTES = 1 << 20;

    static NodeList read(Path file) throws IOException {
        String text = text(file);
        Problems problems = new Problems(file.toString());
        NodeList list =
                file.toString().endsWith(".toml")
                        ? NodesToml.read(file.toString(), text, problems)
                        : NodesTxt.read(file.toString(), text, problems);
        problems.check();
        ListCheck.check(list, problems);
        problems.check();
        return list;
    }

    private static String text(Path file) throws IOException {
        try {
            if (Files.isDirectory(file)) {
                throw new IOException(file + " is a directory, not a list of nodes");
            }
            if (Files.size(file) > MOST_BYTES) {
                throw new IOException(file + " is longer than 1 MiB: is this a list of nodes?");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                    .toString();
        } catch (NoSuchFileException e) {
            throw new IOException(
                    file
                            + ": no such file. It has one line for each node: NAME PUBLIC-ADDRESS"
                            + " TUNNEL-ADDRESS",
                    e);
        } catch (CharacterCodingException e) {
            throw new IOException(file + " is not text in UTF-8", e);
        }
    }
}
