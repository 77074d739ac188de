// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.Repository;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarFile;

/** The launchers start the JVM with the AOT cache, and also work without it. */
class StartTest {
    @RegisterExtension static final Lab lab = new Lab();

    @ParameterizedTest
    @ValueSource(strings = {"wgj", "wireguard-java"})
    void theCacheIsUsed(String launcher) {
        String log = version(launcher, "-Xlog:aot=info -Xlog:class+load=info").out();
        assertTrue(log.contains("Opened AOT cache"), log);
        // One class of a jar that must be prepared for the cache, and one of ours.
        assertTrue(log.contains("picocli.CommandLine source: shared objects file"), log);
        assertTrue(log.contains("org.wgj.cli.Version source: shared objects file"), log);
    }

    @ParameterizedTest
    @ValueSource(strings = {"wgj", "wireguard-java"})
    void aCacheThatDoesNotFitIsIgnoredSilently(String launcher) {
        Command.Result result = version(launcher, "-Xmx4g --add-modules=jdk.httpserver");
        assertEquals(launcher + " ", result.out().replaceFirst("[0-9.]+\\s*$", ""));
        assertEquals("", result.err());
    }

    @Test
    void preparedJarsHaveNoChecksumsThatTheJvmWouldParse() throws IOException {
        Path libraries = Repository.folder().resolve("wg-daemon/target/lib");
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(libraries, "bcprov-*.jar")) {
            try (JarFile jar = new JarFile(jars.iterator().next().toFile())) {
                assertEquals(Set.of(), jar.getManifest().getEntries().keySet());
                assertEquals(
                        "bcprov",
                        jar.getManifest().getMainAttributes().getValue("Bundle-SymbolicName"));
            }
        }
    }

    @Test
    @Tag("root")
    void theDataPathIsWarmedUpAfterTheStartWithoutTraffic() {
        Daemon daemon =
                lab.daemon(
                        lab.host("a"),
                        Implementation.WGJ,
                        "wg0",
                        Map.of("WGJ_JAVA_OPTS", "", "LOG_LEVEL", "debug"));
        Await.until(
                "warmed up",
                Command.DEADLINE.plusSeconds(60),
                () -> daemon.log().contains("warmed up in"));
        assertFalse(daemon.log().contains("not completely"), daemon.log());
        assertFalse(daemon.log().contains("SLF4J"), "two threads set the log up at once");
    }

    @Test
    @Tag("root")
    void trafficIsFollowedByAnEngineOnVectors() throws IOException {
        OnlyOurs.assume("wireguard-go has no such engines");
        assumeTrue(
                Files.readString(Path.of("/proc/cpuinfo")).contains(" avx2 "),
                "this processor has no vectors that are worth an engine");
        Tunnel tunnel =
                Tunnel.between(
                        lab,
                        Implementation.WGJ,
                        Implementation.WGJ,
                        Map.of("WGJ_JAVA_OPTS", "")); // the tests' own would compile less
        tunnel.configure(Tunnel.Initiator.EITHER, Tunnel.Carrier.IPV4);
        Host left = (Host) tunnel.left().machine();
        Host right = (Host) tunnel.right().machine();
        assertTrue(engine(left).startsWith("stream"), engine(left));
        Traffic.serve(right);
        Traffic.ping(left, "10.9.0.2");
        // By quantity, so that a slow machine sends as many packets: more than 90,000.
        left.run(Command.DEADLINE.plusSeconds(60), "iperf3 -n 128M -c 10.9.0.2").orFail();
        for (Host each : List.of(left, right)) {
            Await.until(
                    "engine on vectors",
                    Command.DEADLINE.plusSeconds(90),
                    () -> engine(each).startsWith("vector"));
        }
        Traffic.ping(left, "10.9.0.2");
    }

    private static String engine(Host host) {
        return Uapi.exchange(host, "wg0", "engine=1\n\n")
                .lines()
                .filter(line -> line.startsWith("aead="))
                .findFirst()
                .orElseThrow()
                .substring("aead=".length());
    }

    private static Command.Result version(String launcher, String options) {
        String script =
                "WGJ_JAVA_OPTS='%s' '%s' --version"
                        .formatted(options, Repository.folder().resolve("bin/" + launcher));
        return Command.run(Command.DEADLINE, "", List.of("bash", "-c", script)).orFail();
    }
}
