// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.proxy.Connections;
import org.wgj.netstack.proxy.Dialer;
import org.wgj.netstack.proxy.HostAndPort;
import org.wgj.netstack.proxy.ProxyLimits;
import org.wgj.netstack.proxy.StdioForward;
import org.wgj.netstack.proxy.TcpServer;
import org.wgj.process.ProcessEnd;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * The proxies of one file over one tunnel: starts them, and follows changes of the file. Its
 * methods are called by one thread at a time.
 */
public final class ProxyProcess implements AutoCloseable {
    /** The time that input may pause once the server has ended; see {@link StdioForward}. */
    static final Duration INPUT_PAUSE = Duration.ofSeconds(5);

    private final ProxyTunnel tunnel;
    private final Connections connections = new Connections(ProxyLimits.DEFAULT);
    private final Connections inbound = new Connections(ProxyLimits.DEFAULT);
    private final ProxyListeners listeners;
    private ProxyConfig config;
    private TcpServer info;
    private volatile AliveChecks checks;

    private ProxyProcess(ProxyTunnel tunnel, ProxyConfig config) {
        this.tunnel = tunnel;
        this.config = config;
        listeners = new ProxyListeners(tunnel, connections, inbound);
        checks = checks(config);
    }

    /**
     * Starts everything.
     *
     * @param config its keys are needed only until this returns
     * @param infoOrNull where to answer {@code /readyz} and {@code /metrics}; null for nowhere
     * @return the running proxies
     * @throws IOException if the tunnel does not start or an address cannot be bound; then nothing
     *     runs
     */
    public static ProxyProcess start(ProxyConfig config, HostAndPort infoOrNull)
            throws IOException {
        return start(NetstackTunnel.open(config.tunnel(), config.tcp()), config, infoOrNull);
    }

    /**
     * @param tunnel closed with the process, and if this fails
     */
    static ProxyProcess start(ProxyTunnel tunnel, ProxyConfig config, HostAndPort infoOrNull)
            throws IOException {
        ProxyProcess process = new ProxyProcess(tunnel, config);
        boolean started = false;
        try {
            List<String> problems = process.listeners.apply(config);
            if (!problems.isEmpty()) {
                throw new IOException(String.join("; ", problems));
            }
            if (infoOrNull != null) {
                process.info =
                        TcpServer.start(
                                "info",
                                Bindings.tcp(infoOrNull),
                                new InfoHandler(
                                        () -> process.checks, () -> Metrics.text(tunnel.status())),
                                process.connections);
            }
            started = true;
            return process;
        } finally {
            if (!started) {
                process.close();
            }
        }
    }

    private AliveChecks checks(ProxyConfig of) {
        return new AliveChecks(
                tunnel, of.checkAlive(), of.checkAliveInterval(), InstantSource.system());
    }

    /**
     * Returns what listens where.
     *
     * @return a line for each listener
     */
    public List<String> describe() {
        List<String> lines = new ArrayList<>(listeners.describe());
        if (info != null) {
            lines.add(
                    "info on "
                            + info.address().getAddress().getHostAddress()
                            + ":"
                            + info.address().getPort());
        }
        return lines;
    }

    InetSocketAddress addressOf(ProxySection section) {
        return listeners.addressOf(section);
    }

    InetSocketAddress infoAddress() {
        return info.address();
    }

    /**
     * Follows a changed file. Connections go on, also those of listeners that the file no longer
     * has; sessions of peers that stay go on too.
     *
     * @param changed its keys are needed only until this returns
     * @return what could not be done, each in one line
     */
    public List<String> reload(ProxyConfig changed) {
        List<String> problems = new ArrayList<>();
        try {
            String warning = tunnel.change(changed.tunnel());
            if (warning != null) {
                problems.add(warning);
            }
        } catch (IOException | IllegalArgumentException e) {
            problems.add("the tunnel stays as it was: " + e.getMessage());
        }
        if (!changed.tcp().equals(config.tcp())) {
            problems.add("changes of [TCP] need a restart");
        }
        try {
            problems.addAll(listeners.apply(changed));
        } catch (IOException e) {
            problems.add("the listeners stay as they were: " + e.getMessage());
        }
        if (!changed.checkAlive().equals(config.checkAlive())
                || !changed.checkAliveInterval().equals(config.checkAliveInterval())) {
            checks.close();
            checks = checks(changed);
        }
        config = changed;
        return problems;
    }

    /**
     * Connects two streams to the target of [STDIOTunnel] and waits until that has ended.
     *
     * @param in read to its end, or as long as the connection lasts
     * @param out gets what the target sends
     * @return false if the file has no such section
     * @throws IOException if the connection fails
     */
    public boolean carryStandardStreams(InputStream in, OutputStream out) throws IOException {
        for (ProxySection section : config.sections()) {
            if (section instanceof ProxySection.Stdio(HostAndPort target)) {
                Dialer dialer = TargetRules.of(config).dialer(tunnel);
                Socket socket =
                        dialer.connect(target.host(), target.port(), ProxyLimits.DEFAULT.dial());
                StdioForward.run(in, out, socket, INPUT_PAUSE);
                return true;
            }
        }
        return false;
    }

    /** Ends all connections and the tunnel. */
    @Override
    public void close() {
        ProcessEnd.inOrder(
                checks::close,
                listeners::close,
                () -> {
                    if (info != null) {
                        info.close();
                    }
                },
                connections::close,
                inbound::close,
                tunnel::close);
    }
}
