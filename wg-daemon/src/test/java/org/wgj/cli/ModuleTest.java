// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.protocol.ClassReferences;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Holds the walls between the packages of the daemon, which no compiler holds. */
class ModuleTest {
    private static final String BASE = "org.wgj.";

    /** A package and the packages that it may use, those of the library first. */
    private record Layer(String name, Set<String> library, Set<String> daemon) {}

    /** From the bottom to the top: a package uses only packages that come before it. */
    private static final List<Layer> LAYERS =
            List.of(
                    new Layer("settings", Set.of(), Set.of()),
                    new Layer("json", Set.of(), Set.of()),
                    new Layer("log", Set.of(), Set.of("json")),
                    new Layer("process", Set.of("tun.linux", "tunnel.closing"), Set.of("log")),
                    new Layer(
                            "claim", Set.of("crypto", "tun.linux"), Set.of("process", "settings")),
                    new Layer("events", Set.of("crypto", "protocol", "tunnel"), Set.of("json")),
                    new Layer(
                            "uapi",
                            Set.of(
                                    "crypto",
                                    "protocol",
                                    "tun",
                                    "tun.linux",
                                    "tunnel",
                                    "tunnel.text",
                                    "tunnel.udp"),
                            Set.of("events", "process", "settings")),
                    new Layer(
                            "metrics",
                            Set.of(
                                    "coordinator.serve",
                                    "crypto",
                                    "mesh.relay",
                                    "mesh.status",
                                    "protocol",
                                    "tun",
                                    "tun.linux",
                                    "tunnel",
                                    "tunnel.udp"),
                            Set.of("process", "uapi")),
                    new Layer(
                            "show",
                            Set.of("crypto", "protocol", "tun", "tunnel"),
                            Set.of("json", "uapi")),
                    new Layer(
                            "request",
                            Set.of("crypto", "protocol", "tunnel", "tunnel.config"),
                            Set.of("uapi")),
                    new Layer(
                            "quick",
                            Set.of(
                                    "protocol",
                                    "protocol.device",
                                    "tun.linux",
                                    "tunnel",
                                    "tunnel.config"),
                            Set.of("process", "request", "settings", "show", "uapi")),
                    new Layer(
                            "run",
                            Set.of(
                                    "crypto",
                                    "protocol",
                                    "tun",
                                    "tun.linux",
                                    "tunnel",
                                    "tunnel.config",
                                    "tunnel.warmup"),
                            Set.of("events", "metrics", "process", "quick", "settings", "uapi")),
                    new Layer(
                            "proxy",
                            Set.of(
                                    "crypto",
                                    "netstack",
                                    "netstack.dns",
                                    "netstack.proxy",
                                    "protocol",
                                    "tunnel",
                                    "tunnel.config",
                                    "tunnel.text"),
                            Set.of(
                                    "claim", "events", "metrics", "process", "quick", "run",
                                    "uapi")),
                    new Layer("demo", Set.of("crypto", "netstack", "protocol", "tunnel"), Set.of()),
                    new Layer(
                            "doctor",
                            Set.of(
                                    "crypto",
                                    "protocol",
                                    "protocol.device",
                                    "protocol.message",
                                    "tun.linux",
                                    "tunnel",
                                    "tunnel.config",
                                    "tunnel.udp"),
                            Set.of("claim", "json", "proxy", "uapi")),
                    new Layer(
                            "join",
                            Set.of(
                                    "crypto",
                                    "mesh.enrol",
                                    "mesh.map",
                                    "mesh.node",
                                    "mesh.status",
                                    "mesh.token",
                                    "protocol",
                                    "tun",
                                    "tun.linux",
                                    "tunnel",
                                    "tunnel.config",
                                    "tunnel.warmup"),
                            Set.of("metrics", "process", "quick", "run")),
                    new Layer("cli.option", Set.of("mesh.node", "mesh.relay"), Set.of("metrics")),
                    new Layer(
                            "cli.mesh",
                            Set.of(
                                    "coordinator.admin",
                                    "coordinator.registry",
                                    "coordinator.serve",
                                    "coordinator.store",
                                    "crypto",
                                    "mesh.doctor",
                                    "mesh.node",
                                    "mesh.generate",
                                    "mesh.map",
                                    "mesh.relay",
                                    "mesh.status",
                                    "mesh.token",
                                    "protocol",
                                    "tun",
                                    "tun.linux",
                                    "tunnel",
                                    "tunnel.config"),
                            Set.of(
                                    "cli.option",
                                    "doctor",
                                    "join",
                                    "metrics",
                                    "process",
                                    "quick",
                                    "run",
                                    "settings",
                                    "show",
                                    "uapi")),
                    new Layer(
                            "cli",
                            Set.of(
                                    "crypto",
                                    "mesh.map",
                                    "mesh.node",
                                    "mesh.relay",
                                    "mesh.status",
                                    "mesh.token",
                                    "netstack.proxy",
                                    "protocol",
                                    "tun",
                                    "tun.linux",
                                    "tunnel",
                                    "tunnel.config",
                                    "tunnel.text",
                                    "tunnel.warmup"),
                            Set.of(
                                    "cli.mesh",
                                    "cli.option",
                                    "demo",
                                    "doctor",
                                    "events",
                                    "join",
                                    "json",
                                    "log",
                                    "metrics",
                                    "process",
                                    "proxy",
                                    "quick",
                                    "request",
                                    "run",
                                    "settings",
                                    "show",
                                    "uapi")));

    private static List<ClassReferences> classes() throws IOException {
        return ClassReferences.of(Wgj.class).stream()
                .map(
                        type ->
                                new ClassReferences(
                                        doctorAsOne(type.name()),
                                        type.references().stream()
                                                .map(ModuleTest::doctorAsOne)
                                                .collect(Collectors.toSet()),
                                        type.texts()))
                .toList();
    }

    /** The packages of the doctor count as one here. */
    private static String doctorAsOne(String name) {
        return name.replaceFirst("^org\\.wgj\\.doctor\\.(?:[a-z]+\\.)+", "org.wgj.doctor.");
    }

    @Test
    void packagesDependOnOneAnotherInOneDirection() throws IOException {
        Set<String> below = new HashSet<>();
        Map<String, Set<String>> allowed = new HashMap<>();
        for (Layer layer : LAYERS) {
            assertTrue(below.containsAll(layer.daemon()), layer.name() + " looks up");
            below.add(layer.name());
            Set<String> used = new HashSet<>();
            layer.library().forEach(name -> used.add(BASE + name));
            layer.daemon().forEach(name -> used.add(BASE + name));
            allowed.put(BASE + layer.name(), used);
        }
        assertTrue(classes().size() > 200, classes().size() + " classes");
        ClassReferences.assertDependencies(classes(), BASE, allowed);
    }

    @Test
    void requestsKnowOnlyTheCommandsOfTheConfigurationProtocol() throws IOException {
        String uapi = BASE + "uapi.";
        Set<String> used = new HashSet<>();
        for (ClassReferences type : classes()) {
            if (type.name().startsWith(BASE + "request.")) {
                for (String reference : type.references()) {
                    if (reference.startsWith(uapi)) {
                        used.add(reference.substring(uapi.length()).replaceFirst("[$.].*", ""));
                    }
                }
            }
        }
        assertEquals(Set.of("SetCommand"), used);
    }
}
