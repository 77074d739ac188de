// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh;

import org.junit.jupiter.api.Test;
import org.wgj.mesh.map.MeshMap;
import org.wgj.protocol.ClassReferences;

import java.io.IOException;
import java.util.Map;
import java.util.Set;

/** Checks what no compiler checks: packages depend on one another in one direction. */
class ModuleTest {
    private static final String BASE = "org.wgj.mesh";
    private static final String MAP = BASE + ".map";
    private static final String TOKEN = BASE + ".token";
    private static final String GENERATE = BASE + ".generate";
    private static final String ENROL = BASE + ".enrol";
    private static final String RELAY = BASE + ".relay";
    private static final String PATH = BASE + ".path";
    private static final String PORTMAP = BASE + ".portmap";
    private static final String STATUS = BASE + ".status";
    private static final String NODE = BASE + ".node";
    private static final String DOCTOR = BASE + ".doctor";

    @Test
    void packagesDependOnOneAnotherInOneDirection() throws IOException {
        ClassReferences.assertDependencies(
                ClassReferences.of(MeshMap.class),
                BASE,
                Map.of(
                        MAP, Set.of(),
                        TOKEN, Set.of(MAP),
                        GENERATE, Set.of(),
                        ENROL, Set.of(MAP, TOKEN),
                        RELAY, Set.of(),
                        PORTMAP, Set.of(),
                        PATH, Set.of(MAP),
                        STATUS, Set.of(MAP, RELAY),
                        DOCTOR, Set.of(MAP, STATUS),
                        NODE, Set.of(PORTMAP, MAP, TOKEN, ENROL, RELAY, PATH, STATUS)));
    }
}
