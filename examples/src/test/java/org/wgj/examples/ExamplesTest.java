// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertLinesMatch;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.portable.ChildJvm.locationOf;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.Appender;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.portable.ChildJvm;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs each example in a JVM of its own, with exactly what Maven resolves for a program that
 * depends on the library alone. No JVM may print a warning.
 */
class ExamplesTest {
    @Test
    void embedAndPing() throws Exception {
        assertEquals(List.of("ping 10.0.0.2: answered"), Example.run("EmbedAndPing"));
    }

    @Test
    void reconfigureLive() throws Exception {
        assertEquals(
                List.of(
                        "peer added: packets arrive",
                        "port changed: the peer knows the new port",
                        "peer removed: no packet arrives"),
                Example.run("ReconfigureLive"));
    }

    @Test
    void eventsAndStatistics() throws Exception {
        assertLinesMatch(
                List.of(
                        "peer added",
                        "handshake started",
                        "handshake completed",
                        "handshake time known: true",
                        "bytes sent to the peer: [1-9]\\d*",
                        "datagrams sent and received: [1-9]\\d* and [1-9]\\d*",
                        "packets refused because they are no IP packets: 1",
                        "closed: REQUESTED"),
                Example.run("EventsAndStatistics"));
    }

    @Test
    void twoTunnelsInOneJvm() throws Exception {
        assertEquals(
                List.of(
                        "home: packet arrived",
                        "work: packet arrived",
                        "threads: 1",
                        "home: closed, REQUESTED",
                        "work: closed, REQUESTED"),
                Example.run("TwoTunnelsInOneJvm"));
    }

    @Test
    void classPath() throws Exception {
        assertEquals(
                List.of(
                        "the library is on the class path",
                        "the tunnel listens",
                        "packets are encrypted by stream"),
                Example.run("ClassPath"));
    }

    @Test
    void classPathWithVectors() throws Exception {
        List<String> options = new ArrayList<>(Example.OPTIONS);
        options.add("--add-modules=jdk.incubator.vector");
        assertLinesMatch(
                List.of(
                        "WARNING: Using incubator modules: jdk\\.incubator\\.vector",
                        "the library is on the class path",
                        "the tunnel listens",
                        "packets are encrypted by \\S+"),
                Example.withoutSlf4jWarning(Example.run(options, List.of(), "ClassPath")));
    }

    /** Compiled as strictly as javac can, and run as a module. */
    @Test
    void modulePath(@TempDir Path folder) throws Exception {
        String libraries = Example.join(Example.libraries());
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("-Xlint:all", "-Werror", "--module-path", libraries));
        arguments.addAll(List.of("-d", folder.toString()));
        arguments.addAll(sources(Path.of("src", "module", "java")));
        StringWriter said = new StringWriter();
        PrintWriter out = new PrintWriter(said);
        ToolProvider javac = ToolProvider.findFirst("javac").orElseThrow();
        assertEquals(0, javac.run(out, out, arguments.toArray(String[]::new)), said::toString);
        assertEquals("", said.toString());

        List<String> lines =
                ChildJvm.run(
                        "--illegal-native-access=deny",
                        "--enable-native-access=com.sun.jna,io.netty.common",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--add-modules",
                        "com.sun.jna,io.netty.transport.classes.epoll," + epollModule(),
                        "--module-path",
                        folder + File.pathSeparator + libraries,
                        "--module",
                        "com.example/com.example.ModulePath");
        assertEquals(
                List.of(
                        "module com.example uses module org.wgj.tunnel",
                        "the tunnel listens",
                        "UDP through epoll: true"),
                Example.withoutSlf4jWarning(lines));
    }

    /** Logback is the only back end, so SLF4J warns neither of several nor of none. */
    @Test
    void withLogback() throws Exception {
        List<Path> logback = List.of(locationOf(LoggerContext.class), locationOf(Appender.class));
        List<String> lines = Example.run(Example.OPTIONS, logback, "WithLogback");
        assertEquals("back end: ch.qos.logback.classic.LoggerContext", lines.getFirst());
        assertTrue(lines.contains("DEBUG Tunnel: app: closing"), lines::toString);
        for (String line : lines.subList(1, lines.size())) {
            assertTrue(line.matches("(DEBUG|INFO) \\w+: .+"), lines::toString);
        }
    }

    @Test
    void unprivileged() throws Exception {
        assertLinesMatch(
                List.of("user \\S+, /dev/net/tun is (there|missing)", "packet arrived"),
                Example.run("Unprivileged"));
    }

    @Test
    void fromConfigFile(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("wg0.conf");
        Files.writeString(
                file,
                """
                [Interface]
                PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=
                Address = 10.0.0.1/24

                [Peer]
                PublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=
                AllowedIPs = 10.0.0.2/32
                """);
        assertLinesMatch(
                List.of(
                        "wg0\\.conf: addresses \\[10\\.0\\.0\\.1/24\\], 1 peer",
                        "the tunnel listens on port [1-9]\\d*"),
                Example.run("FromConfigFile", file.toString()));
    }

    @Test
    void fromWrongConfigFile(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("wg0.conf");
        Files.writeString(file, "[Interface]\nListenPort = 70000\n");
        List<String> lines = Example.run("FromConfigFile", file.toString());
        assertEquals(1, lines.size(), lines::toString);
        assertTrue(lines.getFirst().contains("line 2, [Interface] ListenPort"), lines::toString);
    }

    @Test
    void everyExampleIsRunHere() throws IOException {
        Set<String> examples = new TreeSet<>();
        for (String source : sources(Path.of("src"))) {
            boolean isNet = source.contains("/net/"); // those have a test of their own
            if (!isNet && (source.contains("main") || source.contains("module"))) {
                String name = Path.of(source).getFileName().toString().replace(".java", "");
                examples.add(name.substring(0, 1).toLowerCase() + name.substring(1));
            }
        }
        examples.removeAll(Set.of("module-info", "package-info"));
        Set<String> tests =
                Stream.of(ExamplesTest.class.getDeclaredMethods())
                        .filter(method -> method.isAnnotationPresent(Test.class))
                        .map(Method::getName)
                        .collect(Collectors.toSet());
        assertEquals(9, examples.size(), examples::toString);
        assertTrue(tests.containsAll(examples), () -> examples + " and tests " + tests);
    }

    private static List<String> sources(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(Path::toString).filter(name -> name.endsWith(".java")).toList();
        }
    }

    private static String epollModule() {
        boolean arm = System.getProperty("os.arch").equals("aarch64");
        return "io.netty.transport.epoll.linux." + (arm ? "aarch_64" : "x86_64");
    }
}
