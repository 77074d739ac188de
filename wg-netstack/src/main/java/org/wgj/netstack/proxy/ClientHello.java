// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Finds the server's name in the first message of a TLS client (RFC 8446, RFC 6066 section 3). */
final class ClientHello {
    /** The longest message that is read; those of today have less than 2 KiB. */
    static final int MAX_BYTES = 64 << 10;

    private static final int CLIENT_HELLO = 1;
    private static final int VERSION_AND_RANDOM = 34;
    private static final int SERVER_NAME = 0;
    private static final int HOST_NAME = 0;

    private ClientHello() {}

    /**
     * Returns the name in a handshake message.
     *
     * @param message from its type on, complete
     * @return null if there is no valid name
     */
    static String serverName(byte[] message) {
        try {
            ByteBuffer in = ByteBuffer.wrap(message);
            if (in.get() != CLIENT_HELLO) {
                return null;
            }
            ByteBuffer body = take(in, (in.get() & 0xff) << 16 | in.getShort() & 0xffff);
            take(body, VERSION_AND_RANDOM);
            take(body, body.get() & 0xff); // session
            take(body, body.getShort() & 0xffff); // cipher suites
            take(body, body.get() & 0xff); // compression methods
            ByteBuffer extensions = take(body, body.getShort() & 0xffff);
            while (extensions.hasRemaining()) {
                int type = extensions.getShort() & 0xffff;
                ByteBuffer extension = take(extensions, extensions.getShort() & 0xffff);
                if (type == SERVER_NAME) {
                    return hostName(take(extension, extension.getShort() & 0xffff));
                }
            }
            return null;
        } catch (BufferUnderflowException e) {
            return null;
        }
    }

    private static String hostName(ByteBuffer list) {
        while (list.hasRemaining()) {
            int type = list.get();
            ByteBuffer name = take(list, list.getShort() & 0xffff);
            if (type == HOST_NAME) {
                String text = StandardCharsets.US_ASCII.decode(name).toString();
                // An address is no server name (RFC 6066 section 3).
                boolean valid = text.matches("[A-Za-z0-9_.-]{1,253}");
                return valid && !HostAndPort.isLiteral(text) ? text : null;
            }
        }
        return null;
    }

    private static ByteBuffer take(ByteBuffer from, int length) {
        if (length > from.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer part = from.slice(from.position(), length);
        from.position(from.position() + length);
        return part;
    }
}
