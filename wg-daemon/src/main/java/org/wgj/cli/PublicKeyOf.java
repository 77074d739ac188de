// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.crypto.PrivateKey;
import org.wgj.tunnel.config.KeyFile;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.concurrent.Callable;

/** {@code wgj pubkey}. */
@Command(
        name = "pubkey",
        mixinStandardHelpOptions = true,
        description = "Reads a private key from standard input and prints its public key.",
        footerHeading = "%nExample:%n",
        footer = {"  wgj pubkey < private.key > public.key"})
final class PublicKeyOf implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrivateKey key = KeyFile.privateKey(System.in);
        spec.commandLine().getOut().println(key.publicKey().toBase64());
        key.wipe();
        return 0;
    }
}
