// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Objects;

/**
 * A SOCKS5 server (RFC 1928) with the authentication of RFC 1929: CONNECT and UDP ASSOCIATE, all
 * three address types. Names go to the dialer as they are.
 *
 * <pre>
 *  methods --> [user name, password] --> request --> CONNECT: relay
 *                                                \-> UDP ASSOCIATE: relay until this connection ends
 * </pre>
 */
public final class Socks5Handler implements ConnectionHandler {
    private static final int VERSION = 5;
    private static final int AUTHENTICATION_VERSION = 1;
    private static final int NO_AUTHENTICATION = 0;
    private static final int PASSWORD = 2;
    private static final int NO_METHOD = 0xff;
    private static final int CONNECT = 1;
    private static final int ASSOCIATE = 3;
    private static final int SUCCESS = 0;
    private static final int GENERAL_FAILURE = 1;
    private static final int NO_SUCH_COMMAND = 7;
    private static final int NO_SUCH_ADDRESS_TYPE = 8;

    private static final InetSocketAddress NO_ADDRESS =
            new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0);

    private final Dialer dialer;
    private final Credentials credentialsOrNull;

    /**
     * Makes one.
     *
     * @param dialer connects to the targets
     * @param credentialsOrNull what clients must present; null to serve every client
     */
    public Socks5Handler(Dialer dialer, Credentials credentialsOrNull) {
        this.dialer = Objects.requireNonNull(dialer, "dialer");
        this.credentialsOrNull = credentialsOrNull;
    }

    @Override
    public void serve(Connection connection) throws IOException {
        Socket client = connection.client();
        ClientInput in = new ClientInput(client.getInputStream());
        OutputStream out = client.getOutputStream();
        if (!authenticate(in, out)) {
            connection.finish(client, in);
            return;
        }
        int version = in.one();
        int command = in.one();
        int reserved = in.one();
        if (version != VERSION || reserved != 0) {
            throw new IOException("the request is not one of SOCKS5");
        }
        HostAndPort target;
        try {
            target = SocksAddress.read(in);
        } catch (SocksAddress.UnknownTypeException e) {
            refuse(connection, in, NO_SUCH_ADDRESS_TYPE);
            return;
        } catch (IllegalArgumentException e) {
            refuse(connection, in, GENERAL_FAILURE);
            return;
        }
        switch (command) {
            case CONNECT -> connect(connection, in, target);
            case ASSOCIATE -> associate(connection, in, target);
            default -> refuse(connection, in, NO_SUCH_COMMAND);
        }
    }

    private boolean authenticate(ClientInput in, OutputStream out) throws IOException {
        if (in.one() != VERSION) {
            throw new IOException("the client does not speak SOCKS5");
        }
        byte[] methods = in.exactly(in.one());
        int wanted = credentialsOrNull == null ? NO_AUTHENTICATION : PASSWORD;
        boolean offered = false;
        for (byte method : methods) {
            offered |= method == wanted;
        }
        out.write(new byte[] {VERSION, (byte) (offered ? wanted : NO_METHOD)});
        if (!offered || credentialsOrNull == null) {
            return offered;
        }
        if (in.one() != AUTHENTICATION_VERSION) {
            throw new IOException("the authentication is not the one of RFC 1929");
        }
        byte[] username = in.exactly(in.one());
        byte[] password = in.exactly(in.one());
        boolean right = credentialsOrNull.match(username, password);
        out.write(new byte[] {AUTHENTICATION_VERSION, (byte) (right ? 0 : 1)});
        return right;
    }

    private void connect(Connection connection, ClientInput in, HostAndPort target)
            throws IOException {
        Socket far;
        try {
            far = connection.dial(dialer, target.host(), target.port());
        } catch (IOException e) {
            refuse(connection, in, Failure.of(e).socksCode());
            return;
        }
        InetSocketAddress local = new InetSocketAddress(far.getLocalAddress(), far.getLocalPort());
        connection.client().getOutputStream().write(reply(SUCCESS, local));
        SocketPair.run(connection, connection.client(), in, far, far.getInputStream());
    }

    /**
     * Serves datagrams at the address to which the control connection was made, so that the relay
     * is reachable from where the proxy is, and from nowhere else.
     *
     * @param claimed where the client says it will send from; zeros if it does not know
     */
    private void associate(Connection connection, ClientInput in, HostAndPort claimed)
            throws IOException {
        Socket client = connection.client();
        UdpAssociation association =
                UdpAssociation.open(connection, dialer, client.getLocalAddress(), claimed.port());
        if (association == null) {
            refuse(connection, in, GENERAL_FAILURE);
            return;
        }
        client.getOutputStream().write(reply(SUCCESS, association.address()));
        connection.open();
        byte[] ignored = new byte[64];
        while (in.read(ignored) >= 0) { // the client says nothing more until it ends
            connection.active();
        }
    }

    private static void refuse(Connection connection, ClientInput in, int code) throws IOException {
        connection.client().getOutputStream().write(reply(code, NO_ADDRESS));
        connection.finish(connection.client(), in);
    }

    private static byte[] reply(int code, InetSocketAddress bound) {
        byte[] reply = new byte[3 + SocksAddress.length(bound.getAddress())];
        reply[0] = VERSION;
        reply[1] = (byte) code;
        SocksAddress.write(bound, reply, 3);
        return reply;
    }
}
