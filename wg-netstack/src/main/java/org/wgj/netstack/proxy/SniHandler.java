// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;

/**
 * Forwards TLS connections by the server's name that the client says at their beginning, to port
 * 443 of that name. The TLS connection itself is not touched.
 */
public final class SniHandler implements ConnectionHandler {
    private static final int HTTPS_PORT = 443;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int HANDSHAKE_RECORD = 22;
    private static final int MAX_RECORD = 16 << 10;
    private static final int RECORD_HEADER = 5;
    private static final int MESSAGE_HEADER = 4;

    /** A fatal alert: unrecognized_name. */
    private static final byte[] NO_NAME = {21, 3, 1, 0, 2, 2, 112};

    /** A fatal alert: internal_error. */
    private static final byte[] NO_SERVER = {21, 3, 1, 0, 2, 2, 80};

    private final Dialer dialer;
    private final int port;

    /**
     * Makes one.
     *
     * @param dialer connects to the servers
     */
    public SniHandler(Dialer dialer) {
        this(dialer, HTTPS_PORT);
    }

    SniHandler(Dialer dialer, int port) {
        this.dialer = Objects.requireNonNull(dialer, "dialer");
        this.port = port;
    }

    @Override
    public void serve(Connection connection) throws IOException {
        if (PATIENCE.compareTo(connection.limits().handshake()) < 0) {
            connection.limit(PATIENCE);
        }
        Socket client = connection.client();
        ClientInput in = new ClientInput(client.getInputStream());
        ByteArrayOutputStream raw = new ByteArrayOutputStream();
        byte[] hello = hello(in, raw);
        String name = hello == null ? null : ClientHello.serverName(hello);
        if (name == null) {
            client.getOutputStream().write(NO_NAME);
            connection.finish(client, in);
            return;
        }
        connection.holds(raw.size());
        Socket far;
        try {
            far = connection.dial(dialer, name, port);
        } catch (IOException e) {
            client.getOutputStream().write(NO_SERVER);
            connection.finish(client, in);
            return;
        }
        raw.writeTo(far.getOutputStream());
        SocketPair.run(connection, client, in, far, far.getInputStream());
    }

    /**
     * Reads records until the first handshake message is complete.
     *
     * @param raw gets everything that was read
     * @return the message; null if the client does not speak TLS
     */
    static byte[] hello(ClientInput in, ByteArrayOutputStream raw) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        int wanted = 0; // unknown until the header of the message is complete
        while (message.size() <= ClientHello.MAX_BYTES) {
            byte[] header = in.exactly(RECORD_HEADER);
            raw.writeBytes(header);
            int length = (header[3] & 0xff) << 8 | header[4] & 0xff;
            if (header[0] != HANDSHAKE_RECORD
                    || header[1] != 3
                    || length == 0
                    || length > MAX_RECORD) {
                return null;
            }
            byte[] fragment = in.exactly(length);
            raw.writeBytes(fragment);
            message.writeBytes(fragment);
            if (wanted == 0 && message.size() >= MESSAGE_HEADER) {
                byte[] all = message.toByteArray();
                wanted =
                        MESSAGE_HEADER
                                + ((all[1] & 0xff) << 16 | (all[2] & 0xff) << 8 | all[3] & 0xff);
                if (wanted > ClientHello.MAX_BYTES) {
                    return null;
                }
            }
            if (wanted > 0 && message.size() >= wanted) {
                return Arrays.copyOf(message.toByteArray(), wanted);
            }
        }
        return null;
    }
}
