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

/**
 * A clone that belongs to a user without rights, freshly built: the launchers and the training run,
 * which ends the build, need no root. The jars are those of this build.
 */
@Tag("root")
class UnprivilegedCloneTest {
    @RegisterExtension static final Lab lab = new Lab();

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
                        "setpriv --reuid nobody --regid 65534 --clear-groups --no-new-privs"
                                + " --inh-caps=-all --bounding-set=-all"
                                + " env HOME=/nonexistent bash "
                                + script);
        assertEquals(0, result.exit(), result::toString);
        assertTrue(result.out().matches("[A-Za-z0-9+/]{43}=\nwgj \\S+\nwhole\n"), result::toString);
        assertFalse(result.text().contains("failed"), result::toString);
        assertFalse(result.text().contains("not permitted"), result::toString);
    }
}
