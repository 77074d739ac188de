// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.lab.Command;
import org.wgj.lab.Repository;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The commands under callers that close descriptors, have odd locales, or do not read on. */
class CallerTest {
    private static final String FILE =
            "[Interface]\nPrivateKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";

    @TempDir Path folder;

    private Command.Result shell(String script) {
        return Command.run(
                Command.DEADLINE,
                "",
                List.of(
                        "bash",
                        "-c",
                        "cd '%s' && wgj() { '%s' \"$@\"; }\n%s"
                                .formatted(
                                        folder, Repository.folder().resolve("bin/wgj"), script)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "wgj genkey >/dev/full | No space left on device",
                "wgj genkey >&- | Bad file descriptor",
                "wgj strip ./wg0.conf >/dev/full | No space left on device",
                "wgj --help >/dev/full | No space left on device",
            })
    void aLostOutputIsAFailure(String script, String reason) throws IOException {
        Files.writeString(folder.resolve("wg0.conf"), FILE);
        Command.Result result = shell(script);
        assertEquals(1, result.exit(), result::toString);
        assertTrue(
                result.err().strip().endsWith("what the command printed is lost: " + reason),
                result::toString);
    }

    @Test
    void aReaderThatHasEnoughIsNoFailure() {
        Command.Result result = shell("set -o pipefail; wgj generate-completion | head -n 1");
        assertEquals(0, result.exit(), result::toString);
        assertEquals("", result.err(), result::toString);
    }

    /**
     * A reader that is gone misses nothing that it could ask for again, but a new token is lost.
     */
    @Test
    void aReaderThatIsGoneMissesNewSecretsOnly() {
        Command.Result result =
                shell(
                        """
                        set -o pipefail
                        wgj mesh init --state . --name prod --endpoint 192.0.2.1 2>&-
                        wgj mesh tokens --state . | true && echo "the list is of no importance"
                        wgj mesh token --state . 2>&1 >/dev/full | grep -c ^wgj:
                        wgj mesh token --state . | true
                        """);
        assertEquals(1, result.exit(), result::toString);
        assertEquals("the list is of no importance\n1\n", result.out(), result::toString);
        assertTrue(result.err().strip().endsWith("was lost, revoke it"), result::toString);
    }

    /** A file that the JVM opens must not become its standard input. */
    @Test
    void aClosedInputIsEmpty() {
        Command.Result result = shell("wgj pubkey <&-");
        assertEquals("wgj: expected a private key on standard input", result.err().strip());
        assertEquals(1, result.exit());
    }

    @Test
    void closedErrorsDoNotStopACommand() {
        Command.Result result = shell("wgj genkey <&- 2>&-");
        assertEquals(0, result.exit(), result::toString);
        assertTrue(result.out().matches("[A-Za-z0-9+/]{43}=\n"), result::toString);
    }

    /** Locales as cron and ssh set them; the last ones are not installed. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "env -i",
                "env LC_ALL=C",
                "env LANG=POSIX",
                "env -u LC_ALL LC_CTYPE=UTF-8",
                "env -u LC_ALL LANG=xx_YY.UTF-8 LC_TIME=zz_ZZ.utf8@euro",
            })
    void filesMayHaveAnyName(String environment) throws IOException {
        Files.writeString(folder.resolve("wg0.conf"), FILE);
        String script = "mkdir 'ü ö' && mv wg0.conf 'ü ö' && %s '%s' strip './ü ö/%s.conf'";
        Path launcher = Repository.folder().resolve("bin/wgj");
        Command.Result result = shell(script.formatted(environment, launcher, "wg0"));
        assertEquals(FILE + "\n", result.out(), result::toString);
        assertEquals("", result.err(), result::toString);
    }
}
