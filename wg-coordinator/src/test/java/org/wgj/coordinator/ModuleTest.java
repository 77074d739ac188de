// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator;

import org.junit.jupiter.api.Test;
import org.wgj.coordinator.api.ApiRoutes;
import org.wgj.protocol.ClassReferences;

import java.io.IOException;
import java.util.Map;
import java.util.Set;

/** Checks what no compiler checks: packages depend on one another in one direction. */
class ModuleTest {
    private static final String BASE = "org.wgj.coordinator";
    private static final String STORE = BASE + ".store";
    private static final String REGISTRY = BASE + ".registry";
    private static final String ADMIN = BASE + ".admin";
    private static final String API = BASE + ".api";
    private static final String PAGE = BASE + ".page";
    private static final String SERVE = BASE + ".serve";

    @Test
    void packagesDependOnOneAnotherInOneDirection() throws IOException {
        ClassReferences.assertDependencies(
                ClassReferences.of(ApiRoutes.class),
                BASE,
                Map.of(
                        STORE, Set.of(),
                        REGISTRY, Set.of(STORE),
                        API, Set.of(),
                        ADMIN, Set.of(API, REGISTRY),
                        PAGE, Set.of(API, REGISTRY),
                        SERVE, Set.of(ADMIN, API, PAGE, REGISTRY, STORE)));
    }
}
