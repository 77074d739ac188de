// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.mesh.map.SignedOrder;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The file with the order of a lock's signatures, beside the kept map and never newer than it. The
 * first line has the epoch and the time of the latest signature, each further one the id of a node
 * that the map has but that was left out, and the time of the signature that was accepted last.
 */
final class OrderFile {
    static final String FILE = "signed";

    private static final Logger LOG = LoggerFactory.getLogger(OrderFile.class);

    private OrderFile() {}

    /**
     * Reads the order.
     *
     * @param epoch the node's
     * @return {@link SignedOrder#NONE} if there is none of this epoch, or the file is damaged
     */
    static SignedOrder read(NodeFolder folder, UUID epoch) throws IOException {
        Optional<byte[]> bytes = folder.read(FILE);
        if (bytes.isEmpty()) {
            return SignedOrder.NONE;
        }
        List<String> lines = new String(bytes.get(), StandardCharsets.US_ASCII).lines().toList();
        try {
            String[] first = lines.getFirst().split(" ");
            if (!UUID.fromString(first[0]).equals(epoch)) {
                return SignedOrder.NONE;
            }
            Map<Long, Long> exceptions = new HashMap<>();
            for (String line : lines.subList(1, lines.size())) {
                String[] words = line.split(" ");
                exceptions.put(Long.parseLong(words[0]), Long.parseLong(words[1]));
            }
            return new SignedOrder(Long.parseLong(first[1]), exceptions);
        } catch (RuntimeException e) {
            LOG.warn("{} is damaged and not used", folder.path().resolve(FILE));
            return SignedOrder.NONE;
        }
    }

    static void write(NodeFolder folder, UUID epoch, SignedOrder order) throws IOException {
        StringBuilder text = new StringBuilder();
        text.append(epoch).append(' ').append(order.newestMs()).append('\n');
        order.exceptions()
                .forEach((id, timeMs) -> text.append(id).append(' ').append(timeMs).append('\n'));
        folder.write(FILE, text.toString().getBytes(StandardCharsets.US_ASCII));
    }
}
