// SPDX-License-Identifier: Apache-2.0
package org.wgj.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.coordinator.registry.Registry;
import org.wgj.crypto.TransportAead;
import org.wgj.mesh.map.MeshMap;
import org.wgj.netstack.TunnelNet;
import org.wgj.protocol.ClassReferences;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.Tun;
import org.wgj.tunnel.Tunnel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Each module reads its own system properties in one class, and the documentation has them all. */
class SystemPropertiesTest {
    /** A class of each module. */
    private static final List<Class<?>> MODULES =
            List.of(
                    TransportAead.class,
                    IpPrefix.class,
                    Tun.class,
                    Tunnel.class,
                    TunnelNet.class,
                    MeshMap.class,
                    Registry.class,
                    DaemonProperties.class);

    private static final Set<String> HOMES =
            Set.of(
                    "org.wgj.crypto.aead.CryptoProperties",
                    "org.wgj.settings.DaemonProperties",
                    "org.wgj.tun.TunProperties",
                    "org.wgj.tunnel.settings.TunnelProperties");

    /**
     * They read properties of the JDK (the system's name and release, the user, the class path) or
     * of SQLite's driver.
     */
    private static final Set<String> READERS_OF_OTHERS =
            Set.of(
                    "org.wgj.coordinator.store.SqliteEngine",
                    "org.wgj.cli.OwnProgram",
                    "org.wgj.cli.RunCommand",
                    "org.wgj.cli.mesh.Admin",
                    "org.wgj.process.OwnClasses",
                    "org.wgj.quick.ProcessStarter",
                    "org.wgj.tun.linux.Libc",
                    "org.wgj.tun.linux.LinuxSupport",
                    "org.wgj.tunnel.config.Denied",
                    "org.wgj.tunnel.udp.UdpOffloads",
                    "org.wgj.uapi.UapiClient");

    private static final Set<String> READING =
            Set.of(
                    "java.lang.Boolean.getBoolean",
                    "java.lang.Integer.getInteger",
                    "java.lang.Long.getLong",
                    "java.lang.System.getProperties",
                    "java.lang.System.getProperty");

    private static final Pattern PROPERTY = Pattern.compile("wgj(?:\\.[a-zA-Z]+)+");

    private static List<ClassReferences> classes() throws IOException {
        List<ClassReferences> classes = new ArrayList<>();
        for (Class<?> module : MODULES) {
            classes.addAll(ClassReferences.of(module));
        }
        assertTrue(classes.size() > 400, classes.size() + " classes");
        return classes;
    }

    private static Set<String> properties(ClassReferences type) {
        return type.texts().stream()
                .filter(text -> PROPERTY.matcher(text).matches())
                .collect(Collectors.toSet());
    }

    @Test
    void onlyTheHomesReadPropertiesOfOurs() throws IOException {
        Set<String> expected = new TreeSet<>(HOMES);
        expected.addAll(READERS_OF_OTHERS);
        Set<String> readers = new TreeSet<>();
        for (ClassReferences type : classes()) {
            if (type.references().stream().anyMatch(READING::contains)) {
                readers.add(type.name());
                assertTrue(
                        HOMES.contains(type.name()) || properties(type).isEmpty(),
                        () -> type.name() + " names " + properties(type));
            }
        }
        assertEquals(expected, readers);
    }

    @Test
    void theDocumentationHasEachPropertyAndNoOther() throws IOException {
        Set<String> ours = new TreeSet<>();
        for (ClassReferences type : classes()) {
            if (HOMES.contains(type.name())) {
                ours.addAll(properties(type));
            }
        }
        Set<String> documented = new TreeSet<>();
        Matcher rows =
                Pattern.compile("(?m)^\\| (`wgj\\..*?`) \\|")
                        .matcher(Files.readString(Path.of("../docs/options.md")));
        while (rows.find()) {
            PROPERTY.matcher(rows.group(1)).results().forEach(name -> documented.add(name.group()));
        }
        assertEquals(ours, documented);
    }
}
