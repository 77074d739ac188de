// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code wgj genkey} and {@code wgj genpsk}. */
abstract class GenerateKey implements Callable<Integer> {
    private static final int FILE_TYPE = 0170000; // S_IFMT, inode(7)
    private static final int REGULAR_FILE = 0100000;
    private static final int WORLD = 07; // S_IRWXO

    @Spec private CommandSpec spec;

    /** {@code wgj genkey}. */
    @Command(
            name = "genkey",
            mixinStandardHelpOptions = true,
            description = "Generates a private key and prints it in base64.",
            footerHeading = "%nExample:%n",
            footer = {"  (umask 077 && wgj genkey | tee private.key | wgj pubkey > public.key)"})
    static final class Private extends GenerateKey {
        @Override
        String key() {
            return PrivateKey.generate().toBase64();
        }
    }

    /** {@code wgj genpsk}. */
    @Command(
            name = "genpsk",
            mixinStandardHelpOptions = true,
            description = "Generates a preshared key and prints it in base64.",
            footerHeading = "%nExample:%n",
            footer = {"  (umask 077 && wgj genpsk > preshared.key)"})
    static final class Preshared extends GenerateKey {
        @Override
        String key() {
            return PresharedKey.generate().toBase64();
        }
    }

    abstract String key();

    @Override
    public Integer call() {
        if (isWorldAccessible(Path.of("/proc/self/fd/1"))) {
            spec.commandLine()
                    .getErr()
                    .println(
                            "Warning: all users of this machine can access the output file.\n"
                                    + "Set the umask to 077 and make another key.");
        }
        spec.commandLine().getOut().println(key());
        return 0;
    }

    private static boolean isWorldAccessible(Path output) {
        try {
            int mode = (Integer) Files.getAttribute(output, "unix:mode");
            return (mode & FILE_TYPE) == REGULAR_FILE && (mode & WORLD) != 0;
        } catch (IOException e) {
            return false; // output is closed, or /proc is missing: no warning
        }
    }
}
