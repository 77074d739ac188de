// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;

import javax.net.SocketFactory;

/**
 * A socket factory for drivers that want the name of a class and a text. The text is a name that
 * {@link TunnelNet#register} gave to a tunnel:
 *
 * <pre>{@code
 * net.register("office");
 * DriverManager.getConnection("jdbc:postgresql://db.internal/shop"
 *         + "?socketFactory=org.wgj.netstack.NamedSocketFactory&socketFactoryArg=office");
 * }</pre>
 *
 * <p>Many drivers resolve host names themselves before they connect. Sockets of this factory
 * resolve the name again, inside the tunnel, so that the answer of another resolver does not count.
 */
public final class NamedSocketFactory extends SocketFactory {
    /** The property in which pgjdbc passes the text. */
    private static final String ARGUMENT = "socketFactoryArg";

    private static final Map<String, TunnelNet> NETS = new ConcurrentHashMap<>();

    private final String name;
    private final SocketFactory factory;

    /**
     * Makes one for the only tunnel that is registered when a socket is made. For drivers that pass
     * no text.
     */
    public NamedSocketFactory() {
        this((String) null);
    }

    /**
     * Makes one for the tunnel that is registered when a socket is made.
     *
     * @param name the name; null or empty for the only tunnel
     */
    public NamedSocketFactory(String name) {
        this.name = name == null || name.isEmpty() ? null : name;
        factory = new TunnelSocketFactory(this::socket);
    }

    /**
     * Makes one as {@link #NamedSocketFactory(String)} does. pgjdbc tries this constructor first.
     *
     * @param properties those of the connection; {@code socketFactoryArg} has the name
     */
    public NamedSocketFactory(Properties properties) {
        this(properties.getProperty(ARGUMENT));
    }

    static void register(String name, TunnelNet net) {
        Objects.requireNonNull(name, "name");
        if (name.isEmpty()) {
            throw new IllegalArgumentException("the name of a tunnel must not be empty");
        }
        if (NETS.putIfAbsent(name, net) != null) {
            throw new IllegalStateException("another tunnel is registered as \"" + name + '"');
        }
    }

    static void unregister(TunnelNet net) {
        NETS.values().removeIf(registered -> registered == net);
    }

    private Socket socket() throws IOException {
        TunnelNet net;
        if (name != null) {
            net = NETS.get(name);
            if (net == null) {
                throw new SocketException(
                        "no tunnel is registered as \"" + name + "\": call TunnelNet.register");
            }
        } else {
            TunnelNet[] all = NETS.values().toArray(TunnelNet[]::new);
            if (all.length != 1) {
                throw new SocketException(
                        all.length + " tunnels are registered: name one of them in " + ARGUMENT);
            }
            net = all[0];
        }
        return net.sockets().socket(true);
    }

    @Override
    public Socket createSocket() throws IOException {
        return factory.createSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return factory.createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
            throws IOException {
        return factory.createSocket(host, port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return factory.createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
            throws IOException {
        return factory.createSocket(host, port, localHost, localPort);
    }
}
