// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;

/**
 * The JSON by which a command that goes on says that it is ready. Its caller waits for it, and
 * would wait for ever if it were lost: so the command ends then, also if the caller is gone.
 */
public final class ReadyLine {
    private ReadyLine() {}

    /**
     * Prints it.
     *
     * @param ready the JSON
     * @throws IOException if standard output does not take it; the command must end then
     */
    public static void print(CommandSpec command, Object ready) throws IOException {
        command.commandLine().getOut().println(ready);
        check(command);
    }

    /**
     * Makes sure that standard output took what was printed.
     *
     * @throws IOException if it did not; the command must end then
     */
    public static void check(CommandSpec command) throws IOException {
        // Both flush. The writer of standard output does not hear of the stream's failures.
        if (command.commandLine().getOut().checkError() | System.out.checkError()) {
            throw new IOException(
                    "standard output: it could not be said there that the command is ready, so it"
                            + " ends");
        }
    }
}
