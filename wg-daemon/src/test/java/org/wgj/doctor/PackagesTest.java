// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor;

import org.junit.jupiter.api.Test;
import org.wgj.protocol.ClassReferences;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

class PackagesTest {
    private static final String BASE = "org.wgj.doctor";

    @Test
    void packagesDependOnOneAnotherInOneDirection() throws IOException {
        List<ClassReferences> classes =
                ClassReferences.of(Doctor.class).stream()
                        .filter(type -> type.name().startsWith(BASE))
                        .toList();
        ClassReferences.assertDependencies(
                classes,
                BASE,
                Map.of(
                        BASE + ".nft",
                        Set.of(),
                        BASE + ".report",
                        Set.of(),
                        BASE + ".observation",
                        Set.of(BASE + ".nft"),
                        BASE + ".collect",
                        Set.of(BASE + ".nft", BASE + ".observation"),
                        BASE + ".check",
                        Set.of(BASE + ".nft", BASE + ".observation", BASE + ".report"),
                        BASE,
                        Set.of(
                                BASE + ".check",
                                BASE + ".collect",
                                BASE + ".observation",
                                BASE + ".report")));
    }
}
