// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.coordinator.api.ApiCall;
import org.wgj.coordinator.api.ApiException;
import org.wgj.coordinator.api.ApiReply;
import org.wgj.coordinator.api.ApiRoutes;
import org.wgj.coordinator.api.Caller;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.Snapshot;
import org.wgj.coordinator.registry.Views;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;

/**
 * The routes of the page: {@code /}, and below {@code /page/} its style, script and icon. A member
 * sees its planes, as in {@code /v1/status}; administrators and this machine also the tokens, the
 * audit, what waits for approval, and the load of the relay.
 */
public final class PageRoutes {
    private static final Set<Caller.Kind> ALL = Set.of(Caller.Kind.values());
    private static final String HTML = "text/html; charset=utf-8";

    /** The files, which are resources of this package, and their types. */
    private static final Map<String, String> FILES =
            Map.of(
                    "page.css", "text/css; charset=utf-8",
                    "page.js", "text/javascript; charset=utf-8",
                    "icon.svg", "image/svg+xml");

    /**
     * The page may load nothing from elsewhere, contain nothing inline, be in no frame, and let no
     * script make markup.
     */
    static final Map<String, String> HEADERS =
            Map.of(
                    "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
                            + " connect-src 'self'; form-action 'self'; base-uri 'none';"
                            + " frame-ancestors 'none'; require-trusted-types-for 'script';"
                            + " trusted-types 'none'",
                    "Referrer-Policy",
                    "no-referrer",
                    "X-Frame-Options",
                    "DENY",
                    "Cross-Origin-Opener-Policy",
                    "same-origin",
                    "Cross-Origin-Resource-Policy",
                    "same-origin");

    private final Registry registry;
    private final PageSource source;
    private final InstantSource clock;
    private final Recent<Audience, PageState> recent;

    /** Callers with the same view: everything, or the part that a node of some planes sees. */
    private record Audience(boolean all, Set<String> planes) {}

    private PageRoutes(Registry registry, PageSource source, InstantSource clock) {
        this.registry = registry;
        this.source = source;
        this.clock = clock;
        recent = new Recent<>(this::collect, System::nanoTime);
    }

    /**
     * Adds the routes to a table.
     *
     * @param routes the table
     * @param registry the mesh
     * @param source tells the state of nodes and links
     * @param clock the wall clock
     */
    public static void add(
            ApiRoutes routes, Registry registry, PageSource source, InstantSource clock) {
        PageRoutes page = new PageRoutes(registry, source, clock);
        routes.add("GET", "/", ALL, page::page)
                .add("GET", "/page/{file}", ALL, call -> file(call.parameter("file")));
    }

    private ApiReply page(ApiCall call) throws IOException {
        Audience audience = new Audience(true, Set.of());
        if (call.caller().kind() == Caller.Kind.MEMBER) {
            Set<String> planes = registry.snapshot().planesOf(call.caller().node());
            if (planes.isEmpty()) {
                throw new ApiException(403, "not_a_member", "this node was removed from the mesh");
            }
            audience = new Audience(false, Set.copyOf(planes));
        }
        String html = Page.html(recent.get(audience), PageQuery.of(call.query()));
        return with(ApiReply.of(HTML, html.getBytes(StandardCharsets.UTF_8)));
    }

    private PageState collect(Audience audience) throws IOException {
        Snapshot snapshot = registry.snapshot();
        var map = audience.all() ? snapshot.map() : Views.shown(snapshot.map(), audience.planes());
        PageState.Records records =
                audience.all()
                        ? new PageState.Records(
                                registry.nodes(false),
                                registry.tokens(),
                                registry.lastAudit(RecordTables.MAX_ROWS))
                        : null;
        return PageState.of(
                clock.instant(), map, source.status(map, audience.all()), source.clones(), records);
    }

    private static ApiReply file(String name) throws IOException {
        String type = FILES.get(name);
        if (type == null) {
            throw new ApiException(404, "not_found", "there is no such file of the page");
        }
        try (InputStream in = PageRoutes.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("the resource " + name + " is missing");
            }
            return with(ApiReply.of(type, in.readAllBytes()));
        }
    }

    private static ApiReply with(ApiReply reply) {
        ApiReply all = reply;
        for (Map.Entry<String, String> header : HEADERS.entrySet()) {
            all = all.header(header.getKey(), header.getValue());
        }
        return all;
    }
}
