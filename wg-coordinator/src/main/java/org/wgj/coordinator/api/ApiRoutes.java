// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.tunnel.config.FileErrors;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The table of routes. Every listener has the same table; a route says whose requests it takes. It
 * is filled before the server starts and does not change then. {@link #call} needs no server: a
 * command that has the store itself uses the same routes.
 */
public final class ApiRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(ApiRoutes.class);

    private final List<ApiRoute> routes = new ArrayList<>();

    /** Creates an empty table. */
    public ApiRoutes() {}

    /**
     * Adds a route.
     *
     * @param method in upper case
     * @param pattern see {@link ApiRoute}
     * @param callers who may use it
     * @param handler answers
     * @return this table
     * @throws IllegalArgumentException if the table has this method and pattern already
     */
    public ApiRoutes add(
            String method, String pattern, Set<Caller.Kind> callers, ApiHandler handler) {
        for (ApiRoute route : routes) {
            if (route.method().equals(method) && route.pattern().equals(pattern)) {
                throw new IllegalArgumentException(method + " " + pattern + " is there already");
            }
        }
        routes.add(new ApiRoute(method, pattern, callers, handler));
        return this;
    }

    /**
     * Returns all routes.
     *
     * @return in the order in which they were added
     */
    public List<ApiRoute> all() {
        return List.copyOf(routes);
    }

    /**
     * Answers a request. May block.
     *
     * @param method in upper case
     * @param path decoded, without the query
     * @param query the query's fields
     * @param body empty if there is none
     * @param caller who asks
     * @return the answer, errors included
     */
    public ApiReply call(
            String method, String path, Map<String, String> query, byte[] body, Caller caller) {
        boolean found = false;
        for (ApiRoute route : routes) {
            Optional<Map<String, String>> parameters = route.match(path);
            if (parameters.isEmpty() || !route.callers().contains(caller.kind())) {
                continue; // a route for other callers looks like a missing one
            }
            found = true;
            if (route.method().equals(method)) {
                return call(
                        route, new ApiCall(method, path, parameters.get(), query, body, caller));
            }
        }
        return found
                ? ApiReply.error(405, "method_not_allowed", path + " has no " + method)
                : ApiReply.error(404, "not_found", "there is no " + path);
    }

    private static ApiReply call(ApiRoute route, ApiCall call) {
        try {
            return route.handler().handle(call);
        } catch (ApiException e) {
            return ApiReply.error(e.status(), e.reason(), e.getMessage());
        } catch (IllegalArgumentException e) {
            return ApiReply.error(400, "bad_request", String.valueOf(e.getMessage()));
        } catch (IOException e) {
            LOG.warn("{} {}: {}", call.method(), route.pattern(), e.getMessage());
            LOG.debug("{} {}", call.method(), route.pattern(), e);
            String message =
                    call.caller().kind() == Caller.Kind.ADMIN
                            ? FileErrors.text(e)
                            : "the coordinator's store failed; try again";
            return ApiReply.error(503, "unavailable", message).header("Retry-After", "2");
        } catch (RuntimeException e) {
            LOG.error("{} {} failed", call.method(), route.pattern(), e);
            return ApiReply.error(500, "internal", "the coordinator failed; its log has the cause");
        }
    }
}
