// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.claim.TunnelClaim;
import org.wgj.claim.TunnelKeys;
import org.wgj.netstack.proxy.CommandHandler;
import org.wgj.netstack.proxy.Connections;
import org.wgj.netstack.proxy.Dialer;
import org.wgj.netstack.proxy.HostAndPort;
import org.wgj.netstack.proxy.ProxyLimits;
import org.wgj.netstack.proxy.StdioForward;
import org.wgj.netstack.proxy.TcpServer;
import org.wgj.process.ProcessEnd;
import org.wgj.tunnel.TunnelConfig;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * The proxies of one file over one tunnel: starts them, and follows changes of the file. Its
 * methods are called by one thread at a time.
 */
public final class ProxyProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyProcess.class);

    /** The time that input may pause once the server has ended; see {@link StdioForward}. */
    static final Duration INPUT_PAUSE = Duration.ofSeconds(5);

    private final ProxyTunnel tunnel;
    private final Connections connections = new Connections(ProxyLimits.DEFAULT);
    private final Connections inbound = new Connections(ProxyLimits.DEFAULT);
    private final ProxyListeners listeners;
    private final TunnelClaim claim;
    private ProxyConfig config;
    private TunnelKeys keys; // that are claimed
    private TcpServer info;
    private TcpServer commands; // null if there is no place for its socket
    private volatile AliveChecks checks;

    private ProxyProcess(ProxyTunnel tunnel, ProxyConfig config, TunnelClaim claim) {
        this.tunnel = tunnel;
        this.claim = claim;
        keys = Claims.keys(config.tunnel());
        this.config = config;
        listeners = new ProxyListeners(tunnel, connections, inbound);
        checks = checks(config);
    }

    /**
     * Starts everything.
     *
     * @param config its keys are needed only until this returns
     * @param infoOrNull where to answer {@code /readyz} and {@code /metrics}; null for nowhere
     * @param claim on the tunnel; closed with the process, and if this fails
     * @return the running proxies
     * @throws IOException if the tunnel does not start or an address cannot be bound; then nothing
     *     runs
     */
    public static ProxyProcess start(ProxyConfig config, HostAndPort infoOrNull, TunnelClaim claim)
            throws IOException {
        return start(
                NetstackTunnel.open(NetstackTunnel.NAME, config, claim), config, infoOrNull, claim);
    }

    static ProxyProcess start(ProxyTunnel tunnel, ProxyConfig config, HostAndPort infoOrNull)
            throws IOException {
        return start(tunnel, config, infoOrNull, TunnelClaim.none());
    }

    /**
     * @param tunnel closed with the process, and if this fails
     */
    static ProxyProcess start(
            ProxyTunnel tunnel, ProxyConfig config, HostAndPort infoOrNull, TunnelClaim claim)
            throws IOException {
        ProxyProcess process = new ProxyProcess(tunnel, config, claim);
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
            process.takeCommands();
            started = true;
            return process;
        } finally {
            if (!started) {
                process.close();
            }
        }
    }

    /** Lets {@code wgj nc} and {@code wgj ping} use this tunnel; see {@link SharedTunnel}. */
    private void takeCommands() {
        claim.socket()
                .ifPresent(
                        path -> {
                            try {
                                commands =
                                        TcpServer.start(
                                                "commands",
                                                new UnixServerSocket(path),
                                                commandHandler(),
                                                connections);
                            } catch (IOException e) {
                                LOG.debug("no commands at {}: {}", path, e.getMessage());
                            }
                        });
    }

    private CommandHandler commandHandler() {
        return new CommandHandler(
                TargetRules.of(config).dialer(tunnel), tunnel::ping, ProxyProcess::reason);
    }

    private static String reason(IOException e) {
        IOException told = e instanceof UnknownHostException u ? ProxyClient.withReason(u) : e;
        return String.valueOf(told.getMessage());
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
            String warning = change(changed.tunnel());
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
        if (commands != null) {
            commands.setHandler(commandHandler());
        }
        return problems;
    }

    private String change(TunnelConfig changed) throws IOException {
        TunnelKeys next = Claims.keys(changed);
        claim.change(next);
        try {
            String warning = tunnel.change(changed);
            keys = next;
            return warning;
        } catch (IOException | IllegalArgumentException e) {
            claim.change(keys);
            throw e;
        }
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
                () -> {
                    if (commands != null) {
                        commands.close();
                    }
                },
                connections::close,
                inbound::close,
                tunnel::close,
                claim::close);
    }
}
