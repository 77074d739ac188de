// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message between a node and its coordinator on a connection, in as many inner packets as TCP
 * would need. The network of the simulation keeps the order, so they carry no numbers.
 *
 * @param path what is asked for
 */
record SimMessage(Kind kind, long connection, String path, byte[] body) {
    private static final int PART = 1_300;

    enum Kind {
        CONNECT,
        POST,
        REPLY,
        LINE,
        CLOSED
    }

    List<byte[]> parts() {
        byte[] where = path.getBytes(StandardCharsets.UTF_8);
        ByteBuffer all = ByteBuffer.allocate(15 + where.length + body.length);
        all.put((byte) kind.ordinal()).putLong(connection);
        all.putShort((short) where.length).putInt(body.length).put(where).put(body);
        List<byte[]> parts = new ArrayList<>();
        for (int at = 0; at < all.capacity(); at += PART) {
            byte[] part = new byte[1 + Math.min(PART, all.capacity() - at)];
            part[0] = (byte) (at == 0 ? 1 : 0);
            all.get(at, part, 1, part.length - 1);
            parts.add(part);
        }
        return parts;
    }

    /** Puts parts together. */
    static final class Reader {
        private byte[] collected;
        private int count;

        /** Returns the message that ends with a part; null if there is more to come. */
        SimMessage take(byte[] part) {
            if (part[0] == 1) {
                ByteBuffer head = ByteBuffer.wrap(part, 10, 6);
                collected = new byte[15 + head.getShort() + head.getInt()];
                count = 0;
            }
            if (collected == null) {
                return null; // the beginning was lost
            }
            System.arraycopy(part, 1, collected, count, part.length - 1);
            count += part.length - 1;
            if (count < collected.length) {
                return null;
            }
            ByteBuffer in = ByteBuffer.wrap(collected);
            collected = null;
            Kind kind = Kind.values()[in.get()];
            long connection = in.getLong();
            byte[] where = new byte[in.getShort()];
            byte[] body = new byte[in.getInt()];
            in.get(where).get(body);
            return new SimMessage(
                    kind, connection, new String(where, StandardCharsets.UTF_8), body);
        }
    }
}
