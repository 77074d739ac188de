// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
    void storeThatFailsIsAskedAgainLaterAndAdministratorsAreToldWhy() {
        String why = "disk of /secret/path is full";
        ApiRoutes routes =
                new ApiRoutes()
                        .add(
                                "GET",
                                "/a",
                                Set.of(Caller.Kind.ADMIN, Caller.Kind.MEMBER),
                                call -> {
                                    throw new IOException(why);
                                });

        ApiReply reply = routes.call("GET", "/a", Map.of(), new byte[0], ROOT);

        assertEquals(503, reply.status());
        assertEquals("2", reply.headers().get("Retry-After"));
        assertTrue(text(reply).contains(why), text(reply));
        Caller member = new Caller(Caller.Kind.MEMBER, 1, "web");
        ApiReply other = routes.call("GET", "/a", Map.of(), new byte[0], member);
        assertFalse(text(other).contains(why), text(other));
    }

    private static String text(ApiReply reply) {
        return new String(reply.body(), StandardCharsets.UTF_8);
    }

    @Test
    void routeIsAddedOnce() {
        ApiRoutes routes = new ApiRoutes().add("GET", "/a", ADMIN, call -> ApiReply.done());

        assertThrows(
                IllegalArgumentException.class,
                () -> routes.add("GET", "/a", ADMIN, call -> ApiReply.done()));
    }
}
