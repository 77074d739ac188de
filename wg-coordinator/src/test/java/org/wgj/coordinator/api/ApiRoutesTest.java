// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.util.Map;
import java.util.Set;

class ApiRoutesTest {
    private static final Set<Caller.Kind> ADMIN = Set.of(Caller.Kind.ADMIN);
    private static final Caller ROOT = new Caller(Caller.Kind.ADMIN, 0, "root");

    @ParameterizedTest
    @CsvSource({
        "/, /, {}",
        "/a/{x}, /a/b, {x=b}",
        "/a/{x}/c, /a/b/c, {x=b}",
        "/a/{x}, /a/, ",
        "/a/{x}, /a/b/c, ",
        "/a, /a/, ",
        "/p/{rest...}, /p/, {rest=}",
        "/p/{rest...}, /p/a/b, {rest=a/b}",
        "/p/{rest...}, /p, ",
    })
    void patternMatches(String pattern, String path, String parameters) {
        ApiRoute route = new ApiRoute("GET", pattern, ADMIN, call -> ApiReply.done());

        assertEquals(parameters, route.match(path).map(Map::toString).orElse(null));
    }

    @Test
    void storeThatFailsIsAskedAgainLater() {
        ApiRoutes routes =
                new ApiRoutes()
                        .add(
                                "GET",
                                "/a",
                                ADMIN,
                                call -> {
                                    throw new IOException("disk of /secret/path is full");
                                });

        ApiReply reply = routes.call("GET", "/a", Map.of(), new byte[0], ROOT);

        assertEquals(503, reply.status());
        assertEquals("2", reply.headers().get("Retry-After"));
    }

    @Test
    void routeIsAddedOnce() {
        ApiRoutes routes = new ApiRoutes().add("GET", "/a", ADMIN, call -> ApiReply.done());

        assertThrows(
                IllegalArgumentException.class,
                () -> routes.add("GET", "/a", ADMIN, call -> ApiReply.done()));
    }
}
