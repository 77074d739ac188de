// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Daemon;
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
        assertEquals("", result.err().replaceFirst("WARNING: Using incubator modules.*\\s*", ""));
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
        assertFalse(daemon.log().contains("SLF4J"), "two threads set the log up at once");
        assertFalse(daemon.log().contains("the cryptography alone"), daemon::log);
    }

    private static Command.Result version(String launcher, String options) {
        String script =
                "WGJ_JAVA_OPTS='%s' '%s' --version"
                        .formatted(options, Repository.folder().resolve("bin/" + launcher));
        return Command.run(Command.DEADLINE, "", List.of("bash", "-c", script)).orFail();
    }
}
