// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Repository;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A clone that belongs to a user without rights, freshly built: the launchers, the training run,
 * which ends the build, and the unit tests that make system calls need no root. The jars are those
 * of this build. {@code bin/verify-unprivileged} compiles and tests everything as such a user.
 */
@Tag("root")
class UnprivilegedCloneTest {
    @RegisterExtension static final Lab lab = new Lab();

    private static final String AS_NOBODY =
            "setpriv --reuid nobody --regid 65534 --clear-groups --no-new-privs --inh-caps=-all"
                    + " --bounding-set=-all env HOME=/nonexistent ";

    /** Enough that a package which was not found is noticed. */
    private static final int LEAST_TESTS = 300;

    private static final String COPY =
            """
            mkdir -p /run/clone/wg-daemon/target && cd '%s'
            cp -r bin pom.xml /run/clone
            cp -r wg-daemon/target/wg-daemon-*.jar wg-daemon/target/lib /run/clone/wg-daemon/target
            chown -R nobody /run/clone
            """;

    private static final String SCRIPT =
            """
            set -eu
            umask 077
            cd /run/clone
            bin/wgj genkey >before.key
            (ulimit -f 100; bash bin/lib/train.sh 2>small.log) # files may not grow beyond 100 kB
            grep -q 'without caches' small.log
            test -z "$(find wg-daemon/target -name '*.new' -o -name '*.aot')"
            bash bin/lib/train.sh
            test -s wg-daemon/target/command.aot
            test -s wg-daemon/target/service.aot
            bin/wgj pubkey <before.key
            bin/wgj --version
            echo whole
            """;

    @Test
    void theTrainingRunAndTheCommandsNeedNoRoot() {
        Host host = lab.host("host");
        host.sh(COPY, Repository.folder());
        String script = host.file("script", SCRIPT);
        host.sh("chmod 644 %s", script);
        Command.Result result =
                host.run(
                        Command.DEADLINE.multipliedBy(10), // two training runs
                        AS_NOBODY + "bash " + script);
        assertEquals(0, result.exit(), result::toString);
        assertTrue(result.out().matches("[A-Za-z0-9+/]{43}=\nwgj \\S+\nwhole\n"), result::toString);
        assertFalse(result.text().contains("failed"), result::toString);
        assertFalse(result.text().contains("not permitted"), result::toString);
    }

    @Test
    void theUnitTestsWithSystemCallsNeedNoRoot() {
        Host host = lab.host("host");
        String classPath = copyOfTheClassPath(host);
        Command.Result result =
                host.run(
                        Command.DEADLINE.multipliedBy(5),
                        "cd /run/unit && "
                                + AS_NOBODY
                                + System.getProperty("java.home")
                                + "/bin/java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx512m"
                                + " --add-modules jdk.incubator.vector"
                                + " --enable-native-access=ALL-UNNAMED"
                                + " --sun-misc-unsafe-memory-access=allow -cp "
                                + classPath
                                + " org.wgj.system.UnprivilegedRun org.wgj.tun"
                                + " org.wgj.tunnel.udp 2>/run/unit.log");
        assertEquals(0, result.exit(), result::toString);
        String passed = result.out().strip().replaceFirst("(?s).*?([0-9]+) tests passed, .*", "$1");
        assertTrue(Integer.parseInt(passed) > LEAST_TESTS, result::toString);
    }

    /**
     * Copies what this test runs from to where every user may read it, as Maven's files may not.
     */
    private static String copyOfTheClassPath(Host host) {
        StringBuilder script = new StringBuilder("mkdir /run/unit\n");
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (Files.exists(Path.of(entry))) {
                String copy = "/run/unit/" + copies.size() + (entry.endsWith(".jar") ? ".jar" : "");
                script.append("cp -r '%s' %s%n".formatted(entry, copy));
                copies.add(copy);
            }
        }
        host.sh("%schown -R nobody /run/unit && chmod -R a+rX /run/unit", script);
        return String.join(File.pathSeparator, copies);
    }
}
