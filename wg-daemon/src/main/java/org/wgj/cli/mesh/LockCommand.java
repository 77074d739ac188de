// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import org.wgj.mesh.map.Bytes;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code wgj mesh lock}: makes the key of a lock. */
@Command(
        name = "lock",
        mixinStandardHelpOptions = true,
        description = {
            "Makes the key of a mesh's lock, and prints its public half for wgj mesh init --lock.",
            "Nodes of a mesh with a lock talk only to nodes that this key has signed, so that not"
                    + " even the coordinator can add one. Keep the file away from the coordinator,"
                    + " and a copy of it: without it no node joins any more."
        },
        footerHeading = "%nExample:%n",
        footer =
                "  wgj mesh init --name prod --endpoint 198.51.100.1 --lock $(wgj mesh lock"
                        + " lock.pem)")
final class LockCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The new file for the private key.")
    private Path file;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    LockCommand() {}

    @Override
    public Integer call() throws IOException {
        Bytes key = LockFile.create(file);
        spec.commandLine()
                .getOut()
                .println(
                        json ? Admin.object("lock", key.toString(), "file", file.toString()) : key);
        // Both flush. The writer of standard output does not hear of the stream's failures.
        if (spec.commandLine().getOut().checkError() | System.out.checkError()) {
            Files.delete(file); // without the public key it is of no use
            throw new IOException(
                    "standard output: the public key could not be written there, so the key was not"
                            + " kept: run the command again");
        }
        return 0;
    }
}
