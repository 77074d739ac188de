// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wgj.lab.Await;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Repository;

import java.util.List;

/**
 * Sends signals to the whole process group, as a terminal does, at a step of {@code up}, {@code
 * down}, {@code run} and {@code save}. Each step is a program that reports its start and waits on
 * request, so that signals arrive while it runs, and again while earlier steps are undone.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SignalTest {
    private static final String WGJ = Repository.folder().resolve("bin/wgj").toString();

    /** The program "step NAME" waits, in a process of its own, while /run/stop names it. */
    private static final String STEP =
            """
            echo $1 >>/run/log
            bash -c "while grep -qx $1 /run/stop; do sleep 0.1; done" || exit # ended by a signal
            echo $1 done >>/run/log
            """;

    @RegisterExtension final Lab lab = new Lab();

    private RoadWarrior warrior;
    private Host client;

    @BeforeAll
    void connect() {
        warrior = new RoadWarrior(lab);
        client = warrior.client();
        warrior.recordState();
    }

    @BeforeEach
    void noStepWaits() {
        client.sh("rm -f /run/bin/*; echo >/run/log; echo >/run/stop");
        warrior.program("step", STEP);
    }

    @AfterEach
    void nothingIsLeftBehind() {
        stopAt();
        warrior.assertStateIsRestored();
        assertEquals("0", client.sh("cat /proc/sys/net/ipv4/conf/all/src_valid_mark"));
    }

    /**
     * Replaces resolvconf and nft of this host by programs that run a step when they add something
     * and a step when they remove it.
     */
    private String file() {
        warrior.program("resolvconf", "step resolvconf$1");
        warrior.program(
                "nft",
                """
                input=$(cat)
                case "$* $input" in
                    *delete*) step nft-d ;;
                    *-f*) step nft-a ;;
                esac
                exec %s "$@" <<<"$input"
                """
                        .formatted(client.sh("command -v nft")));
        return warrior.file(
                "tunnel0",
                "10.9.0.1/24",
                """
                DNS = 10.9.0.2
                PreUp = step pre-up
                PostUp = step post-up
                PreDown = step pre-down
                PostDown = step post-down
                """,
                "0.0.0.0/0");
    }

    /**
     * Starts a command in a process group of its own, as a shell does, and records its exit code.
     */
    private void start(String arguments) {
        client.sh("rm -f /run/ended");
        client.sh(
                "PATH=/run/bin:$PATH env --default-signal setsid bash -c 'echo $$ > /run/group;"
                        + " trap : INT TERM HUP; \"%s\" %s; echo $? > /run/ended' </dev/null"
                        + " >/run/output 2>&1 &",
                WGJ, arguments);
    }

    private void stopAt(String... steps) {
        client.sh("echo '%s' >/run/stop", String.join("\n", steps));
    }

    private void awaitStep(String step) {
        Await.until(step + " in " + client.sh("cat /run/output"), () -> log().contains(step));
    }

    private List<String> log() {
        return client.sh("cat /run/log").lines().toList();
    }

    private void signal(String name) {
        client.sh("kill -%s -- -$(cat /run/group)", name);
    }

    private String end() {
        Await.until("the end", () -> client.run("cat /run/ended").exit() == 0);
        return client.sh("cat /run/ended");
    }

    @ParameterizedTest
    @CsvSource({
        "pre-up, INT, post-down, 130",
        "resolvconf-a, INT, resolvconf-d, 130",
        "nft-a, TERM, resolvconf-d, 143",
        "post-up, INT, pre-down, 130",
        "post-up, HUP, nft-d, 129",
        "post-up, TERM, post-down, 143",
    })
    void anInterruptedUpUndoesItsStepsEvenIfInterruptedAgain(
            String step, String signal, String undo, String exit) {
        stopAt(step, undo);
        start("up " + file());
        awaitStep(step);
        signal(signal);
        awaitStep(undo);
        signal("INT");
        signal(signal);
        stopAt();
        assertEquals(exit, end(), client.sh("cat /run/output"));
        String output = client.sh("cat /run/output");
        assertTrue(output.contains("[!] SIG" + signal + ": undoing what was done"), output);
        assertTrue(output.contains("interrupted, and everything undone"), output);
        assertTrue(log().contains(undo + " done"), output);
        assertFalse(log().contains(step + " done"), output);
    }

    @ParameterizedTest
    @CsvSource({
        "pre-down, INT, 130",
        "nft-d, INT, 130",
        "nft-d, TERM, 143",
        "resolvconf-d, INT, 130",
        "resolvconf-d, HUP, 129",
        "post-down, TERM, 143"
    })
    void anInterruptedDownCompletesAndTellsTheFirstSignal(String step, String signal, String exit) {
        String file = file();
        start("up " + file);
        assertEquals("0", end(), client.sh("cat /run/output"));
        stopAt(step);
        start("down %s another".formatted(file));
        awaitStep(step);
        signal(signal);
        Await.until("it comes", () -> client.sh("cat /run/output").contains("SIG" + signal));
        signal("INT");
        stopAt();
        assertEquals(exit, end(), client.sh("cat /run/output"));
        String output = client.sh("cat /run/output");
        assertTrue(output.contains("interrupted: another is left as it is"), output);
        assertFalse(output.contains("failed"), output);
        assertTrue(log().contains("post-down done"), output);
    }

    @ParameterizedTest
    @CsvSource({"nft-a, INT, post-down", "post-up, TERM, nft-d", "'', INT, resolvconf-d"})
    void anInterruptedRunUndoesItsStepsEvenIfInterruptedAgain(
            String step, String signal, String undo) {
        stopAt(step, undo);
        start("run " + file());
        awaitStep(step.isEmpty() ? "post-up done" : step);
        signal(signal);
        awaitStep(undo);
        signal("HUP");
        signal(signal);
        stopAt();
        assertEquals("0", end(), client.sh("cat /run/output"));
        assertTrue(log().contains(undo + " done"), client.sh("cat /run/output"));
    }

    @Test
    void anInterruptedSaveLeavesTheFile() {
        String file = file();
        start("up " + file);
        assertEquals("0", end(), client.sh("cat /run/output"));
        String old = client.sh("cat " + file);
        Daemon daemon = new Daemon(client, "tunnel0");
        daemon.signal("STOP");
        start("save " + file);
        // The socket itself and the connection that the stopped daemon does not accept.
        Await.until(
                "it asks",
                () -> client.sh("grep -c /wireguard/ /proc/net/unix || true").equals("2"));
        signal("INT");
        assertEquals("130", end(), client.sh("cat /run/output"));
        daemon.signal("CONT");
        assertEquals(old, client.sh("cat " + file));
        assertEquals("1", client.sh("ls -A /run | grep -c tunnel0.conf"));
        start("down " + file);
        assertEquals("0", end(), client.sh("cat /run/output"));
    }
}
