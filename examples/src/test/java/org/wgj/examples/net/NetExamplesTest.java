// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.examples.Example;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs each example that needs no program but Java, in a JVM of its own. */
@Timeout(120)
class NetExamplesTest {
    @Test
    void plainSockets() throws Exception {
        assertEquals(
                List.of("hello 10.0.0.2, your key is known: true"), Example.runNet("PlainSockets"));
    }

    @Test
    void jdkHttpClient() throws Exception {
        assertEquals(List.of("200: this is the office"), Example.runNet("JdkHttpClient"));
    }

    @Test
    void okHttp() throws Exception {
        assertEquals(List.of("200: this is the office"), Example.runNet("OkHttp"));
    }

    @Test
    void nettyClient() throws Exception {
        assertEquals(List.of("the server said: hello 10.0.0.2"), Example.runNet("NettyClient"));
    }

    @Test
    void tlsOverTunnel(@TempDir Path folder) throws Exception {
        Path store = folder.resolve("keys.p12");
        Process keytool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-keystore",
                                store.toString(),
                                "-storepass",
                                "changeit",
                                "-alias",
                                "server",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=server.office",
                                "-ext",
                                "san=dns:server.office")
                        .redirectErrorStream(true)
                        .start();
        String said = new String(keytool.getInputStream().readAllBytes());
        assertEquals(0, keytool.waitFor(), said);
        assertEquals(
                List.of("TLSv1.3: a secret"), Example.runNet("TlsOverTunnel", store.toString()));
    }

    @Test
    void everyExampleIsRunByATest() throws IOException {
        Set<String> examples = new TreeSet<>();
        Path folder = Path.of("src", "main", "java", "org", "wgj", "examples", "net");
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString().replace(".java", "");
                examples.add(name.substring(0, 1).toLowerCase() + name.substring(1));
            }
        }
        examples.removeAll(Set.of("package-info", "office"));
        Set<String> tests =
                Stream.of(NetExamplesTest.class, RealServersTest.class)
                        .flatMap(type -> Stream.of(type.getDeclaredMethods()))
                        .filter(method -> method.isAnnotationPresent(Test.class))
                        .map(Method::getName)
                        .collect(Collectors.toSet());
        assertEquals(9, examples.size(), examples::toString);
        assertTrue(tests.containsAll(examples), () -> examples + " and tests " + tests);
    }
}
