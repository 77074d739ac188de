// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.claim.TunnelClaim;
import org.wgj.netstack.proxy.Credentials;
import org.wgj.netstack.proxy.HostAndPort;
import org.wgj.process.Hardening;
import org.wgj.process.ProcessEnd;
import org.wgj.process.Signals;
import org.wgj.quick.Output;
import org.wgj.run.ServiceManager;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Runs the proxies of a file until SIGTERM or SIGINT, or until the target of [STDIOTunnel] has
 * ended. SIGHUP makes it read the file again. The thread of {@link #run} does all the work; signals
 * only enqueue events.
 */
public final class ProxyService {
    private static final String USERNAME = "wgj";
    private static final HostAndPort SOCKS = new HostAndPort("127.0.0.1", 1080);
    private static final HostAndPort HTTP = new HostAndPort("127.0.0.1", 8080);

    private enum Event {
        STOP,
        RELOAD,
        STREAMS_ENDED
    }

    /**
     * The settings that the command line adds to the file.
     *
     * @param socksOrNull a further SOCKS5 proxy without password
     * @param httpOrNull a further HTTP proxy without password
     * @param outsideOrNull replaces the rule of the file
     * @param infoOrNull where to answer {@code /readyz} and {@code /metrics}
     * @param beside whether to run although an interface of this machine has the tunnel's address
     */
    public record Additions(
            HostAndPort socksOrNull,
            HostAndPort httpOrNull,
            ProxyConfig.Outside outsideOrNull,
            HostAndPort infoOrNull,
            boolean beside) {}

    private final Path file;
    private final Additions additions;
    private final Output output;
    private final ServiceManager manager;
    private final InputStream in;
    private final OutputStream out;
    private final Map<String, String> environment;
    private final Runnable ready;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final Event stop = Event.STOP; // loaded here, so that it is there at the end
    private final CountDownLatch done = new CountDownLatch(1);
    private String password; // of the two default proxies; kept over reloads
    private volatile IOException streamFailure;

    /**
     * @param output gets warnings and what listens
     * @param in standard input, for [STDIOTunnel]
     * @param out standard output, likewise
     * @param ready called once everything listens
     */
    public ProxyService(
            Path file,
            Additions additions,
            Output output,
            ServiceManager manager,
            InputStream in,
            OutputStream out,
            Map<String, String> environment,
            Runnable ready) {
        this.file = file;
        this.additions = additions;
        this.output = output;
        this.manager = manager;
        this.in = in;
        this.out = out;
        this.environment = environment;
        this.ready = ready;
    }

    /**
     * Reads the file with the additions of the command line.
     *
     * @throws IOException if a line is wrong
     */
    private ProxyConfig read() throws IOException {
        ProxyConfig read = ProxyFile.read(file, environment);
        List<ProxySection> sections = new ArrayList<>(read.sections());
        if (additions.socksOrNull() != null) {
            sections.add(new ProxySection.Socks5(additions.socksOrNull(), null));
            warnOfOpen("--socks", additions.socksOrNull());
        }
        if (additions.httpOrNull() != null) {
            sections.add(new ProxySection.Http(additions.httpOrNull(), null, null, null, true));
            warnOfOpen("--http", additions.httpOrNull());
        }
        if (additions.infoOrNull() != null && !Bindings.isLoopback(additions.infoOrNull().host())) {
            output.warn("--info " + additions.infoOrNull() + ": " + Bindings.OPEN_TO_ALL);
        }
        if (sections.isEmpty()) {
            sections.addAll(defaults());
        }
        read.warnings().forEach(output::warn);
        return new ProxyConfig(
                read.source(),
                read.tunnel(),
                read.checkAlive(),
                read.checkAliveInterval(),
                read.addresses(),
                additions.outsideOrNull() == null ? read.outside() : additions.outsideOrNull(),
                read.tcp(),
                sections,
                read.warnings());
    }

    private void warnOfOpen(String option, HostAndPort bind) {
        if (!Bindings.isLoopback(bind.host())) {
            output.warn(option + " " + bind + ": " + Bindings.OPEN);
        }
    }

    /** Other users of this machine reach loopback too, so these have a password. */
    private List<ProxySection> defaults() {
        boolean first = password == null;
        if (first) {
            password = Credentials.randomPassword();
        }
        Credentials credentials = new Credentials(USERNAME, password);
        if (first) {
            String user = USERNAME + ":" + password + "@";
            output.step("proxies: socks5h://" + user + SOCKS + " http://" + user + HTTP);
        }
        return List.of(
                new ProxySection.Socks5(SOCKS, credentials),
                new ProxySection.Http(HTTP, credentials, null, null, true));
    }

    /**
     * Runs until the end.
     *
     * @throws IOException if it could not start, or the connection of standard input has failed
     */
    public void run() throws IOException {
        ProxyConfig config = read();
        ProxyProcess process;
        try {
            if (!additions.beside()) {
                Claims.refuseBesideInterface(config);
            }
            TunnelClaim claim = Claims.take(config, "wgj proxy " + file, environment);
            process = ProxyProcess.start(config, additions.infoOrNull(), claim);
        } finally {
            config.wipe();
        }
        try (process) {
            catchSignals();
            process.describe().forEach(output::step);
            Hardening.denySystemCallsAndPrograms();
            manager.ready("running the proxies of " + file);
            ready.run();
            boolean streams =
                    config.sections().stream().anyMatch(ProxySection.Stdio.class::isInstance);
            if (streams) {
                Thread.ofVirtual().name("standard-streams").start(() -> carry(process));
            }
            serve(process);
            manager.stopping();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nothing interrupts this thread", e);
        } finally {
            done.countDown();
        }
        if (streamFailure != null) {
            throw streamFailure;
        }
    }

    private void catchSignals() {
        ProcessEnd.atEnd(ProcessEnd.BOUND, this::stopAndHalt);
        Signals.endInAnyCase();
        Signals.handleInAnyCase(Signals.Signal.HUP, () -> events.add(Event.RELOAD));
    }

    private void carry(ProxyProcess process) {
        try {
            var unused = process.carryStandardStreams(in, out);
        } catch (IOException e) {
            streamFailure = e;
        } finally {
            events.add(Event.STREAMS_ENDED);
        }
    }

    private void serve(ProxyProcess process) throws InterruptedException {
        while (events.take() == Event.RELOAD) {
            manager.reloading();
            try {
                ProxyConfig changed = read();
                try {
                    process.reload(changed).forEach(output::error);
                } finally {
                    changed.wipe();
                }
                process.describe().forEach(output::step);
            } catch (IOException e) {
                output.error(e.getMessage() + "; everything stays as it was");
            }
            manager.ready("running the proxies of " + file);
        }
    }

    /** Runs when the JVM ends, after {@link #run} has returned or a signal came. */
    private void stopAndHalt() {
        if (done.getCount() == 0) {
            return;
        }
        events.add(stop);
        try {
            done.await();
        } catch (InterruptedException e) {
            output.warn("interrupted while the proxies were ending");
        }
        Runtime.getRuntime().halt(0); // a signal is a regular end
    }
}
