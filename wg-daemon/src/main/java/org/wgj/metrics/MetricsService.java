// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Serves metrics and probes of the interfaces of this process over HTTP.
 *
 * <pre>
 * /metrics            all interfaces; ?device=wg0 one of them; ?compat=wg-easy its page
 * /healthz            200 if every interface answers: the process need not be started again
 * /readyz             200 if every interface is healthy; ?peers=any, ?max-age=5m.
 *                     In a node of a mesh peers count only if one of these is given
 * </pre>
 */
public final class MetricsService implements AutoCloseable {
    private static final String PLAIN = "text/plain; charset=utf-8";

    private static final String INDEX =
            """
            /metrics  for Prometheus; ?device=NAME for one interface, ?compat=wg-easy
            /healthz  whether the process works
            /readyz   whether interfaces and peers are up; ?peers=any, ?max-age=5m
            """;

    private final Interfaces interfaces;
    private final PeerSelection selection;
    private final InstantSource clock;
    private MetricsServer server;

    private MetricsService(Interfaces interfaces, PeerSelection selection, InstantSource clock) {
        this.interfaces = interfaces;
        this.selection = selection;
        this.clock = clock;
    }

    /**
     * Starts to serve. Interfaces may be added and removed later.
     *
     * @throws IOException if the address cannot be had; the message says which and why
     */
    public static MetricsService start(
            ListenAddress address, Interfaces interfaces, PeerSelection selection)
            throws IOException {
        return start(
                address, interfaces, selection, InstantSource.system(), MetricsServer.Times.USUAL);
    }

    static MetricsService start(
            ListenAddress address,
            Interfaces interfaces,
            PeerSelection selection,
            InstantSource clock,
            MetricsServer.Times times)
            throws IOException {
        MetricsService service = new MetricsService(interfaces, selection, clock);
        service.server = MetricsServer.start(address, service::answer, times);
        return service;
    }

    /** Returns the TCP port on which it listens; not for a Unix socket. */
    int port() {
        return server.port();
    }

    int connections() {
        return server.connections();
    }

    private CompletableFuture<MetricsServer.Answer> answer(MetricsServer.Request request) {
        return switch (request.path()) {
            case "/" -> CompletableFuture.completedFuture(plain(200, INDEX));
            case "/metrics" -> interfaces.ask().thenApplyAsync(views -> metrics(views, request));
            case "/healthz" -> interfaces.ask().thenApplyAsync(MetricsService::alive);
            case "/readyz" -> interfaces.ask().thenApplyAsync(views -> ready(views, request));
            default ->
                    CompletableFuture.completedFuture(
                            plain(404, "not found: there are /metrics, /healthz and /readyz\n"));
        };
    }

    private MetricsServer.Answer metrics(Interfaces.Views views, MetricsServer.Request request) {
        String compat = request.query().getOrDefault("compat", "");
        if (!compat.isEmpty() && !compat.equals("wg-easy")) {
            return plain(400, "compat: there is only wg-easy\n");
        }
        String device = request.query().get("device");
        List<InterfaceView> shown =
                views.views().stream()
                        .filter(one -> device == null || one.device().equals(device))
                        .toList();
        if (device != null && shown.isEmpty()) {
            return plain(404, "device: no such interface here\n");
        }
        if (!compat.isEmpty()) {
            return page(Exposition.Format.TEXT, Pages.wgEasy(shown, selection, clock.instant()));
        }
        List<Series> series = new ArrayList<>(Pages.usual(shown, selection, clock.instant()));
        if (device == null && views.meshOrNull() != null) {
            series.addAll(new MeshFamilies(views.meshOrNull()).series());
        }
        if (interfaces.hasFiles()) {
            series.add(ProcessFamilies.failed(views.down().size()));
        }
        return page(Accept.choose(request.accept()), series);
    }

    private static MetricsServer.Answer page(Exposition.Format format, List<Series> series) {
        return new MetricsServer.Answer(200, format.contentType, new Exposition(format, series));
    }

    private static MetricsServer.Answer alive(Interfaces.Views views) {
        return views.silent().isEmpty()
                ? plain(200, "ok\n")
                : plain(503, "no answer from " + String.join(", ", views.silent()) + "\n");
    }

    private MetricsServer.Answer ready(Interfaces.Views views, MetricsServer.Request request) {
        String peers = request.query().get("peers");
        String age = request.query().get("max-age");
        boolean mesh = views.meshOrNull() != null && peers == null && age == null;
        Health.Peers usual = mesh ? Health.Peers.NONE : Health.DEFAULT.peers();
        Health health;
        try {
            health =
                    new Health(
                            peers == null ? usual : Health.parsePeers(peers),
                            age == null ? Health.DEFAULT.maxAge() : Health.parseAge(age));
        } catch (IllegalArgumentException e) {
            return plain(400, e.getMessage().replaceFirst("^--", "") + "\n");
        }
        Health.Report report = health.judge(views, clock.instant());
        return plain(report.healthy() ? 200 : 503, String.join("\n", report.lines()) + "\n");
    }

    private static MetricsServer.Answer plain(int status, String text) {
        Iterator<String> body = List.of(text).iterator();
        return new MetricsServer.Answer(status, PLAIN, body);
    }

    /** Ends all connections and frees the address. */
    @Override
    public void close() {
        server.close();
    }
}
